using System.Runtime.CompilerServices;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// The triggers of one partition that have a tag, in the order of <see cref="TriggerPages"/>: the live ones by when they are due, then the
/// ended ones by when they ended.
/// </summary>
internal sealed class TagIndex(Partition partition, string tag)
{
    // The server looks at an id once or twice, for about a microsecond.
    private const int Ids = 500;
    private const int Page = 100;

    /// <summary>
    /// Finds the ids first, and sorts them, because they are kept by id alone: a trigger that fires need not be moved for each of its tags.
    /// The triggers are read a page at a time then.
    /// </summary>
    /// <param name="keyspace">The keys.</param>
    /// <param name="status">Which ones; <see langword="null"/> for all.</param>
    /// <param name="lowest">From when on live ones are due, in unix ms.</param>
    /// <param name="highest">Until when.</param>
    /// <param name="read">Reads one.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    public async IAsyncEnumerable<TriggerRecord> ReadAsync(
        Keyspace keyspace,
        TriggerStatus? status,
        double lowest,
        double highest,
        Func<string, Deadline, Task<TriggerRecord?>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (all, last) = (new List<TaggedTrigger>(), string.Empty);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var found = await FindAsync(keyspace, last).WaitAsync(cancellationToken).ConfigureAwait(false);
            all.AddRange(found.Triggers.Where(IsWanted));
            last = found.Last;
        }
        while (last.Length > 0);

        all.Sort(
            static (x, y) => (x.HasEnded, x.Score).CompareTo((y.HasEnded, y.Score)) is var order and not 0
                ? order
                : string.CompareOrdinal(x.Id, y.Id));
        foreach (var page in all.Chunk(Page))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var deadline = keyspace.Begin(cancellationToken);
            var records = await Task.WhenAll(page.Select(entry => read(entry.Id, deadline)))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var record in records)
            {
                if (record is not null)
                {
                    yield return record;
                }
            }
        }

        bool IsWanted(TaggedTrigger trigger) => status switch
        {
            null => true,
            TriggerStatus.Active or TriggerStatus.Paused => !trigger.HasEnded && lowest <= trigger.Score && trigger.Score <= highest,
            _ => trigger.HasEnded,
        };
    }

    private Task<TaggedPage> FindAsync(Keyspace keyspace, string after) =>
        keyspace.Operations.ReadAsync(
            "query triggers", partition, new TaggedRequest { Partition = partition, Tag = tag, After = after, Count = Ids });
}
