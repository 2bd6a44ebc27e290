using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>A sorted set of trigger ids, read from its lowest score up.</summary>
internal sealed class TriggerIndex(Partition partition, RedisKey key)
{
    private const int Page = 100;

    /// <summary>
    /// Reads page by page. Each page begins at the last score seen, not at a rank: triggers that fire meanwhile leave the front of the set,
    /// and ranks would then skip as many others.
    /// </summary>
    public async IAsyncEnumerable<TriggerRecord> ReadAsync(
        Keyspace keyspace,
        double from,
        double highest,
        Func<string, Deadline, Task<TriggerRecord?>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (lowest, seen) = (from, 0L);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var deadline = keyspace.Begin(cancellationToken);
            var entries = await keyspace.Operations.ReadIndexAsync(
                "query triggers", partition, key, database => database.SortedSetRangeByScoreWithScoresAsync(
                key, lowest, highest, skip: seen, take: Page, flags: CommandFlags.DemandMaster), deadline)
                .WaitAsync(cancellationToken).ConfigureAwait(false);

            // A trigger over time that waits for a moment has one more entry for each value of its key.
            var records = await Task.WhenAll(
                entries.Select(static entry => entry.Element.ToString())
                    .Where(static member => !member.Contains('#', StringComparison.Ordinal))
                .Select(member => read(member, deadline)))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var record in records)
            {
                if (record is not null)
                {
                    yield return record;
                }
            }

            if (entries.Length < Page)
            {
                yield break;
            }

            var last = entries[^1].Score;
            var alike = entries.Count(entry => entry.Score == last);
            (lowest, seen) = (last, last == lowest ? seen + alike : alike);
        }
    }
}
