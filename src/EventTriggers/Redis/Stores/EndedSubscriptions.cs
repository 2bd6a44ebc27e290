using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>The notes of one partition about triggers that have ended and whose subscriptions are still to be removed.</summary>
internal sealed class EndedSubscriptions(Keyspace keyspace, Partition partition)
{
    /// <summary>Reads the first notes, byte for byte, and when their triggers were due, in unix ms.</summary>
    public async Task<IReadOnlyList<(byte[] Note, long Due)>> ReadAsync(int limit)
    {
        var entries = await keyspace.Database.SortedSetRangeByScoreWithScoresAsync(
            partition.Keys.EndedSubscriptions, take: limit, flags: CommandFlags.DemandMaster).ConfigureAwait(false);
        return Array.ConvertAll(entries, static entry => ((byte[])entry.Element!, (long)entry.Score));
    }

    public Task RemoveAsync(IEnumerable<byte[]> notes) =>
        keyspace.Database.SortedSetRemoveAsync(partition.Keys.EndedSubscriptions, [.. notes.Select(static note => (RedisValue)note)]);
}
