using System.Globalization;
using System.Text;
using CsCheck;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Tests.Paging;

/// <summary>
/// Pages that are merged of what partitions answer, each of which looks at a few entries in a call, are the sorted list of all that match.
/// </summary>
public sealed class PageMergeTests
{
    private static readonly IndexOrder Order = new([], isDown: true);

    [Fact]
    public void Pages_OfAnyPartitions_AreTheSortedListOfAll() =>
        Gen.Int.Sample(static seed => Compare(new Random(seed)), iter: 3000);

    private static void Compare(Random random)
    {
        var partitions = Enumerable.Range(0, random.Next(1, 5)).Select(p => NewPartition(p, random)).ToArray();
        var (limit, most) = (random.Next(1, 6), random.Next(1, 5));
        var from = new PagePositions(
            new IndexPosition(string.Empty, "+inf", []), [.. partitions.Select(static _ => ListPosition.Start)]);
        var (found, pages) = (new List<string>(), 0);
        for (PagePositions? next = from; next is not null && pages < 500; pages++)
        {
            var at = next;
            var merge = new PageMerge<string>(Order, at, partitions.Select((partition, p) => (p, partition.Answer(at, p, limit, most))));
            found.AddRange(merge.Take(limit));
            next = merge.Next();
        }

        pages.Should().BeLessThan(500, "each page goes on");
        var lists = partitions.SelectMany(static one => one.List).Where(static entry => entry.IsWanted).Select(static entry => entry.Id);
        var sets = partitions.SelectMany(static one => one.Set).Where(static entry => entry.IsWanted)
            .OrderByDescending(static entry => entry.Score).ThenByDescending(static entry => entry.Id, StringComparer.Ordinal)
            .Select(static entry => entry.Id).ToArray();
        found.SkipLast(sets.Length).Should().BeEquivalentTo(lists);
        found.TakeLast(sets.Length).Should().Equal(sets);
    }

    // Often long runs of entries that do not match, and few scores.
    private static PlainPartition NewPartition(int number, Random random)
    {
        var isSparse = random.Next(2) == 0;
        Entry[] Entries(string kind, int count) =>
            [.. Enumerable.Range(0, count).Select(n => new Entry(
                $"{kind}{number}{n:00}", random.Next(12), random.Next(isSparse ? 8 : 2) == 0))];
        return new PlainPartition(
            [.. Entries("l", random.Next(12)).OrderByDescending(static entry => entry.Score)],
            [
                .. Entries("s", random.Next(25)).OrderByDescending(static entry => entry.Score)
                    .ThenByDescending(static entry => entry.Id, StringComparer.Ordinal),
            ]);
    }

    private sealed record Entry(string Id, int Score, bool IsWanted)
    {
        public IndexPosition Position => new(string.Empty, Score.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetBytes(Id));
    }

    private sealed record PlainPartition(Entry[] List, Entry[] Set)
    {
        public PageReply<string> Answer(PagePositions from, int partition, int limit, int most)
        {
            var (items, examined, list, position) = (new List<PageItem<string>>(), 0, from.Lists[partition], from.Index);
            bool IsFull() => examined >= most || items.Count >= limit;
            for (var i = list.List.Length == 0 ? 0 : list.Place + 1; !list.IsDone; i++)
            {
                if (i == List.Length)
                {
                    list = ListPosition.Done;
                }
                else if (IsFull())
                {
                    return new PageReply<string>(examined, false, list, position, false, items);
                }
                else
                {
                    (list, examined) = (new ListPosition("ready", i, List[i].Position.Member), examined + 1);
                    items.AddRange(List[i].IsWanted ? [new PageItem<string>(list, List[i].Position, List[i].Id)] : []);
                }
            }

            foreach (var entry in Set.Where(entry => Order.Compare(entry.Position, from.Index) > 0))
            {
                if (IsFull())
                {
                    return new PageReply<string>(examined, false, list, position, false, items);
                }

                (position, examined) = (entry.Position, examined + 1);
                items.AddRange(entry.IsWanted ? [new PageItem<string>(null, position, entry.Id)] : []);
            }

            return new PageReply<string>(examined, false, list, position, true, items);
        }
    }
}
