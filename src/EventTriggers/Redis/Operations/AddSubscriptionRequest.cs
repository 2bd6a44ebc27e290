using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>add_subscription.lua: subscribes a trigger to the events of a type that one partition accepts from now on.</summary>
internal sealed class AddSubscriptionRequest : IScriptRequest<Done>
{
    public Script Script => Script.AddSubscription;

    public required Partition Partition { get; init; }

    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    public required TriggerSubscription Subscription { get; init; }

    /// <summary>Gets the values under which the trigger can be kept instead of in memory.</summary>
    public required IReadOnlyList<FieldValueKey> Values { get; init; }

    /// <summary>Gets how many triggers of a type are cached before others are looked up.</summary>
    public required int MostCached { get; init; }

    /// <summary>Gets how many triggers are kept under one value at most.</summary>
    public required int MostShared { get; init; }

    /// <summary>Gets how long the subscription lasts, in ms; <see langword="null"/> for as long as it is there.</summary>
    public long? LastsMs { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Subscriptions(Type)).Key(keys.SubscriptionMeta(Type)).Key(keys.Routes(Type));
        call.Add(Subscription.Member).Add(MostCached).Add(MostShared).Add(LastsMs ?? RedisValue.EmptyString);
        foreach (var value in Values)
        {
            call.Key(keys.SubscriptionsByValue(value.ToHash(Type))).Add(value.Field);
        }
    }

    public Done Read(RespResult reply) => Done.Parse(Script, reply.ReadScalar().ReadString()!);
}
