using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>remove_subscriptions.lua: removes subscriptions to a type from one partition.</summary>
internal sealed class RemoveSubscriptionsRequest : IScriptRequest<Done>
{
    public Script Script => Script.RemoveSubscriptions;

    public required Partition Partition { get; init; }

    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    public required IReadOnlyCollection<StoredSubscription> Subscriptions { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Subscriptions(Type)).Key(keys.SubscriptionMeta(Type)).Key(keys.Routes(Type))
            .Key(keys.RemovedSubscriptions(Type));

        // First those that are cached: a field whose last trigger goes is removed after them.
        foreach (var one in Subscriptions.OrderBy(static one => one.Value is not null))
        {
            call.Key(one.Value is { } value ? keys.SubscriptionsByValue(value.ToHash(Type)) : keys.Subscriptions(Type));
            call.Add(one.Subscription.Member).Add(one.Value?.Field ?? RedisValue.EmptyString);
        }
    }

    public Done Read(RespResult reply) => Done.Parse(Script, reply.ReadScalar().ReadString()!);
}
