using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the subscriptions to one type in one partition, and removes those of triggers that have ended.</summary>
internal sealed class SubscriptionReader(
    Keyspace keyspace, SubscriptionWriter writer, TriggerErrorReporter reporter, Partition partition, string type)
{
    private const int Page = 500;

    private static readonly RedisValue[] Fields = Array.ConvertAll(SubscribedTrigger.Fields, static field => (RedisValue)field);

    /// <summary>Asks whether the type has subscriptions.</summary>
    public Task<bool> ExistsAsync() => keyspace.Database.KeyExistsAsync(partition.Keys.Subscriptions(type), CommandFlags.DemandMaster);

    /// <summary>Reads a page of what has changed since the caller read the subscriptions.</summary>
    /// <exception cref="ForeignKeyException">One of the keys holds a value of another type.</exception>
    public async ValueTask<SubscriptionChanges> ReadChangesAsync(string epoch, long number, bool goesOn) =>
        await keyspace.Scripts.RunAsync(new SubscriptionChangesRequest
        {
            Partition = partition,
            Type = type,
            Epoch = epoch,
            Number = number,
            GoesOn = goesOn,
            Limit = Page,
        }).ConfigureAwait(false) ?? throw Unreadable("one of their keys");

    /// <summary>Reads the triggers that are looked up by some values, of the subscriptions up to a number.</summary>
    /// <exception cref="ForeignKeyException">One of the keys holds a value of another type.</exception>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> ReadTriggersAsync(FieldValueKey[] values, long last)
    {
        var keys = values.Select(value => partition.Keys.SubscriptionsByValue(value.ToHash(type)));
        var sets = await Task.WhenAll(keys.Select(key => ReadMembersAsync(key, last))).ConfigureAwait(false);
        var members = values.Zip(sets)
            .SelectMany(static pair => pair.Second.Select(member => (member.ToString(), 0L, (FieldValueKey?)pair.First)));
        return await ReadTriggersAsync(members).ConfigureAwait(false);
    }

    /// <summary>Reads the triggers of some members of the index, and removes those that have ended.</summary>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> ReadTriggersAsync(
        IEnumerable<(string Member, long Number, FieldValueKey? Value)> members)
    {
        var subscriptions = members.Select(static one => (Subscription: TriggerSubscription.TryParse(one.Member), one.Number, one.Value))
            .Where(static one => one.Subscription is not null)
            .Select(static one => (Stored: new StoredSubscription(one.Subscription!, one.Value), one.Number)).ToArray();
        var read = await Task.WhenAll(subscriptions.Select(one => ReadTriggerAsync(one.Stored, one.Number))).ConfigureAwait(false);
        var gone = subscriptions.Zip(read).Where(static pair => pair.Second.IsGone).Select(static pair => pair.First.Stored);
        await RemoveAsync([.. gone]).ConfigureAwait(false);
        return [.. read.Select(static one => one.Trigger).OfType<SubscribedTrigger>()];
    }

    /// <summary>Removes subscriptions of triggers that have ended.</summary>
    public ValueTask RemoveAsync(IReadOnlyCollection<StoredSubscription> ended) => writer.RemoveAsync(partition, type, ended);

    // One trigger's edge: what something else has written into its hash, or put in its place, must not delay the others.
    private async Task<(SubscribedTrigger? Trigger, bool IsGone)> ReadTriggerAsync(StoredSubscription stored, long number)
    {
        try
        {
            var values = await keyspace.Database.HashGetAsync(KeyOf(stored.Subscription), Fields, CommandFlags.DemandMaster)
                .ConfigureAwait(false);
            string? Field(string name) => values[Array.IndexOf(SubscribedTrigger.Fields, name)];

            // A hash is written before its subscriptions: one that has another version, or is not there, has ended.
            return SubscribedTrigger.IsCurrent(stored.Subscription, Field)
                ? (SubscribedTrigger.FromHash(stored, number, Field), false)
                : (null, true);
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            await reporter.ReportFailureAsync(stored.Subscription, e).ConfigureAwait(false);
            return (null, false);
        }
    }

    private async Task<RedisValue[]> ReadMembersAsync(RedisKey key, long last)
    {
        try
        {
            return await keyspace.Database.SortedSetRangeByScoreAsync(key, stop: last, flags: CommandFlags.DemandMaster)
                .ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisFailures.IsOfAnotherType(e))
        {
            throw Unreadable($"the key '{key}'");
        }
    }

    private RedisKey KeyOf(TriggerSubscription subscription)
    {
        var keys = keyspace.PartitionOf(subscription.Id).Keys;
        return subscription.Role == SubscriptionRole.CancelEvent ? keys.Event(subscription.Id) : keys.Trigger(subscription.Id);
    }

    // The same for each event of the type, until the key is removed: its events are tried again.
    private ForeignKeyException Unreadable(string what) =>
        new($"Which triggers subscribe to events of type '{type}' cannot be read: "
            + $"{what} holds a value that EventTriggers did not write. Remove it.");
}
