using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Takes a consumer that stops out of what names it. Scripts enter it: claim.lua among those that wait, subscribe.lua among those that
/// handle a type.
/// </summary>
internal sealed class ConsumerRegistry(Keyspace keyspace, Partition partition)
{
    /// <summary>Takes a consumer out of those of a group that are woken.</summary>
    public Task RemoveWaitingAsync(string group, string consumer) =>
        keyspace.Database.SortedSetRemoveAsync(partition.Keys.Of(group).Waiting, consumer, CommandFlags.DemandMaster);

    /// <summary>Takes a consumer out of those of a group that handle the types.</summary>
    public Task RemoveHandlerAsync(string group, IEnumerable<string> types, string consumer) => Task.WhenAll(types.Select(type =>
        keyspace.Database.SortedSetRemoveAsync(partition.Keys.Handlers(group, type), consumer, CommandFlags.DemandMaster)));
}
