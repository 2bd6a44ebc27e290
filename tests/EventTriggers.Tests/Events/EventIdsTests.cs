using System.Text.Json.Serialization.Metadata;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Serialization;

namespace EventTriggers.Tests.Events;

/// <summary>
/// In which partition events live that may live in any. The judges are <see cref="Routing"/>, which says where an id lives, counts, and a
/// plain model of moments.
/// </summary>
public sealed class EventIdsTests
{
    private const int MomentMs = 4;
    private readonly SetClock _clock = new();

    // Whoever begins in a moment shows where it begins.
    [Theory]
    [InlineData(2, 3000)]
    [InlineData(6, 3000)]
    [InlineData(64, 3000)]
    [InlineData(1024, 300)]
    public void AMomentBeginsInTheSamePartitionEverywhere_AndAfterAHundredEventsTheNextFollows(int partitions, int steps)
    {
        var (random, ids) = (new Random(partitions), new EventIds(partitions, _clock));
        var (moment, used) = (-1L, 0);
        for (var step = 0; step < steps; step++)
        {
            // Mostly forward, often not at all, and sometimes back.
            _clock.Ms += random.Next(8) switch { 0 => random.Next(-20, 20), 1 => random.Next(5000), < 5 => random.Next(4), _ => 0 };
            var count = random.Next(10) switch { 0 => random.Next(101, 700), < 4 => 1, < 6 => 100, _ => random.Next(1, 101) };
            var begin = Routing.PartitionOf(One(new EventIds(partitions, _clock)), partitions);

            var found = List(ids, count, partitions);

            used = moment == _clock.Ms / MomentMs ? used : 0;
            moment = _clock.Ms / MomentMs;
            while (used / 100 != (used + Math.Min(count, 100) - 1) / 100)
            {
                used++;
            }

            found.Should().Equal(Enumerable.Range(used, count).Select(n => (begin + (n / 100)) % partitions), $"step {step}");
            used += count;
        }
    }

    [Fact]
    public void AListOfAThousand_CoversThePartitions_AHundredInEachTurn()
    {
        var found = List(new EventIds(6, _clock), 1000, 6).Chunk(100).ToArray();

        found.Should().OnlyContain(static call => call.Distinct().Count() == 1);
        found.Select(static call => call[0]).Distinct().Should().HaveCount(6);
    }

    // A fixed order of moments would resonate with processes that keep time.
    [Theory]
    [InlineData(80, 100)]
    [InlineData(80, 1)]
    [InlineData(4, 1)]
    [InlineData(24, 250)]
    [InlineData(1000, 100)]
    [InlineData(60_000, 7)]
    public void ListsAtFixedIntervals_GoToAllPartitionsEqually(int everyMs, int count)
    {
        foreach (var partitions in (int[])[2, 3, 6, 16, 100])
        {
            var (ids, lists) = (new EventIds(partitions, _clock), new int[partitions]);
            for (var n = 0; n < 100 * partitions; n++, _clock.Ms += everyMs)
            {
                ulong? place = null;
                lists[Routing.PartitionOf(ids.Next(ref place, count), partitions)]++;
            }

            var freedom = partitions - 1;
            ChiSquare(lists).Should().BeLessThan(freedom + (4 * Math.Sqrt(2 * freedom)), $"of {partitions}");
        }
    }

    [Fact]
    public void TheNextMoment_GoesToAnyPartition()
    {
        var (ids, steps) = (new EventIds(5, _clock), new int[5]);
        for (var (n, last) = (0, 0); n < 2000; n++, _clock.Ms += MomentMs)
        {
            var partition = Routing.PartitionOf(One(ids), 5);
            steps[(partition - last + 5) % 5]++;
            last = partition;
        }

        ChiSquare(steps).Should().BeLessThan(18.5, "the one in a thousand of four degrees of freedom");
    }

    [Fact]
    public void ManyProcesses_OfWhichSomePublishFarMore_GiveEachPartitionItsShare()
    {
        const int Partitions = 6;
        var (random, counts) = (new Random(1), new int[Partitions]);
        EventIds[] processes = [.. Enumerable.Range(0, 12).Select(_ => new EventIds(Partitions, _clock))];
        for (var step = 0; step < 6000; step++, _clock.Ms += random.Next(1, 9))
        {
            var which = random.Next(processes.Length);
            foreach (var partition in List(processes[which], random.Next(1, 2 << (which / 2)), Partitions))
            {
                counts[partition]++;
            }
        }

        var equal = counts.Sum() / (double)Partitions;
        counts.Should().OnlyContain(count => Math.Abs(count - equal) < 0.15 * equal);
    }

    [Fact]
    public void InParallel_NoPlaceIsLost_AndNoIdComesTwice()
    {
        var ids = new EventIds(6, _clock);

        var all = ParallelEnumerable.Range(0, 240_000).WithDegreeOfParallelism(8).Select(_ => One(ids)).ToHashSet(StringComparer.Ordinal);

        all.Should().HaveCount(240_000);
        all.CountBy(static id => Routing.PartitionOf(id, 6)).Should().HaveCount(6).And.OnlyContain(static one => one.Value == 40_000);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1024)]
    public void AnId_LooksLikeAnyOther_AndSortsByTime(int partitions)
    {
        var ids = new EventIds(partitions, _clock);
        var before = IdGenerator.Next();
        WaitForTheNextMillisecond();
        string[] all = [.. Enumerable.Range(0, 20_000).Select(_ => One(ids))];
        WaitForTheNextMillisecond();
        var after = IdGenerator.Next();

        all.Should().OnlyContain(static id => id.Length == 22 && id.All(char.IsAsciiLetterOrDigit));
        all.Should().OnlyContain(id => string.CompareOrdinal(before, id) < 0 && string.CompareOrdinal(id, after) < 0);
        Enumerable.Range(11, 11).Should().OnlyContain(
            place => all.Select(id => id[place]).Distinct().Count() == (place == 11 ? 22 : 62),
            "every digit comes in every place, but for the first of 64 bits");
    }

    [Fact]
    public void EventsThatSayWhereTheyLive_TakeNoPlaces()
    {
        var outgoing = Outgoing(new RedisTriggersOptions { Partitions = 6 });
        var singles = new List<int>();
        for (var n = 0; n < 25; n++)
        {
            outgoing.CreateMany(Orders(1000), new PublishOptions { Key = "a" });
            outgoing.CreateMany([.. Orders(1000).Select(static one => EventToPublish.Of(one, new() { Id = $"id-{one.Number}" }))]);
            outgoing.CreateMany([.. Orders(1000).Select(static one => EventToPublish.Of(one, new() { Unique = Named(one.Number) }))]);
            singles.Add(PartitionOf(outgoing.Create(new OrderPlaced(n), null)));

            // Of a list, what comes after the last event that needs a place.
            singles.Add(PartitionOf(outgoing.CreateMany([
                .. Orders(1000).Select(static one => EventToPublish.Of(one, new() { Key = "b" })), EventToPublish.Of(new OrderPlaced(0)),
            ])[^1]));
            singles.Add(PartitionOf(outgoing.CreateMany(Orders(1), null)[0]));
            singles.Add(PartitionOf(outgoing.CreateRaw("raw", "1"u8.ToArray(), null)));
        }

        singles.Should().HaveCount(100);
        singles.Distinct().Should().ContainSingle("they are a hundred of one moment");
        PartitionOf(outgoing.Create(new OrderPlaced(0), null)).Should().Be((singles[0] + 1) % 6);
    }

    [Fact]
    public void OfAListWithKeys_TheOthersShareCalls()
    {
        var outgoing = Outgoing(new RedisTriggersOptions { Partitions = 6 });
        outgoing.Create(new OrderPlaced(0), null);

        var all = outgoing.CreateMany(
            [.. Orders(200).Select(static one => EventToPublish.Of(one, one.Number % 2 == 0 ? new() { Key = $"k{one.Number}" } : null))]);

        all.Where(static (_, n) => n % 2 == 1).Select(PartitionOf).Distinct().Should().ContainSingle();
    }

    // Each partition has an equal share of the bound, and a moment would exceed one of them.
    [Fact]
    public void WhereAGroupIsBounded_ChanceSpreadsTheEventsOfAMoment()
    {
        var outgoing = Outgoing(new RedisTriggersOptions { Partitions = 6, MaxReadyPerGroup = 1000 });

        outgoing.CreateMany(Orders(100), null).Select(PartitionOf).Distinct().Should().HaveCount(6);
    }

    private static Unique Named(int number) => Unique.By($"u-{number}");

    private static OrderPlaced[] Orders(int count) => [.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))];

    private static int PartitionOf(OutgoingEvent one) => Routing.PartitionOf(one.Id, 6);

    private static string One(EventIds ids)
    {
        ulong? place = null;
        return ids.Next(ref place, left: 1);
    }

    private static int[] List(EventIds ids, int count, int partitions)
    {
        var (found, place) = (new int[count], (ulong?)null);
        for (var n = 0; n < count; n++)
        {
            found[n] = Routing.PartitionOf(ids.Next(ref place, count - n), partitions);
        }

        return found;
    }

    private static double ChiSquare(int[] counts)
    {
        var expected = counts.Average();
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }

    private static void WaitForTheNextMillisecond()
    {
        var started = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        SpinWait.SpinUntil(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > started);
    }

    private OutgoingEvents Outgoing(RedisTriggersOptions options) => new(
        options, new JsonEventSerializer([new PayloadMetadata(new DefaultJsonTypeInfoResolver())]), new EventTypes([], [], []),
        new RedisClock(_clock), _clock);

    /// <summary>A clock that may also go back.</summary>
    private sealed class SetClock : TimeProvider
    {
        public long Ms { get; set; } = 1_900_000_000_000;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Ms);
    }
}
