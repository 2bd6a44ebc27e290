using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>The subscriptions of one partition's ended triggers that every partition still has to take out, as the scripts that end a trigger note them.</summary>
internal sealed class EndedSubscriptions(Keyspace keyspace, Partition partition)
{
    /// <summary>Reads the oldest entries, each with the time at which the trigger was due.</summary>
    public async Task<IReadOnlyList<(string Entry, long Due)>> ReadAsync(int count)
    {
        var entries = await keyspace.Database.SortedSetRangeByScoreWithScoresAsync(partition.Keys.Unwatch, take: count, flags: CommandFlags.DemandMaster).ConfigureAwait(false);
        return Array.ConvertAll(entries, static entry => (entry.Element.ToString(), (long)entry.Score));
    }

    /// <summary>Forgets entries that are taken out everywhere.</summary>
    public Task RemoveAsync(IEnumerable<string> entries) =>
        keyspace.Database.SortedSetRemoveAsync(partition.Keys.Unwatch, [.. entries.Select(static entry => (RedisValue)entry)]);
}
