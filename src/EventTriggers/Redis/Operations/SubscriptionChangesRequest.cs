using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>subscription_changes.lua: lists a page of the subscriptions to a type, or of what has changed since.</summary>
internal sealed class SubscriptionChangesRequest : IScriptRequest<SubscriptionChanges?>
{
    public Script Script => Script.SubscriptionChanges;

    public required Partition Partition { get; init; }

    /// <summary>Gets the wire name of the events.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the epoch that the caller knows; empty for none.</summary>
    public required string Epoch { get; init; }

    /// <summary>Gets the number up to which the caller knows the subscriptions; 0 for none.</summary>
    public required long Number { get; init; }

    /// <summary>Gets a value indicating whether this is not the first page.</summary>
    public required bool GoesOn { get; init; }

    /// <summary>Gets how many subscriptions are listed at most.</summary>
    public required int Limit { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Subscriptions(Type)).Key(keys.SubscriptionMeta(Type)).Key(keys.RemovedSubscriptions(Type));
        call.Add(Epoch).Add(Number).Add(GoesOn ? 1 : 0).Add(Limit);
    }

    /// <returns>The page; <see langword="null"/> where one of the keys holds a value of another type.</returns>
    public SubscriptionChanges? Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        if (reader.Count == 1)
        {
            return null;
        }

        var (epoch, startsOver) = (reader.NextString()!, reader.NextInt64() == 1);
        var (number, hasMore) = (reader.NextInt64(), reader.NextInt64() == 1);
        var removed = new string[reader.NextInt32()];
        for (var i = 0; i < removed.Length; i++)
        {
            removed[i] = reader.NextString()!;
        }

        var added = new (string Member, long Number)[(reader.Count - 5 - removed.Length) / 2];
        for (var i = 0; i < added.Length; i++)
        {
            added[i] = (reader.NextString()!, reader.NextInt64());
        }

        return new SubscriptionChanges(epoch, startsOver, number, hasMore, removed, added);
    }
}
