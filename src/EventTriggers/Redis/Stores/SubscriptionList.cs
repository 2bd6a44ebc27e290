using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Lists the subscriptions to one type in one partition, for explanations. Unlike <see cref="SubscriptionReader"/>, it changes nothing, and
/// each step is repeated until the caller's time is over.
/// </summary>
internal sealed class SubscriptionList(Keyspace keyspace, Partition partition, string type)
{
    private const string What = "explain a trigger";
    private const int Page = 500;

    // A type that has more is explained without the rest.
    private const int MaxListed = 100_000;

    private static readonly RedisValue[] Fields = Array.ConvertAll(SubscribedTrigger.Fields, static field => (RedisValue)field);

    /// <summary>
    /// Lists the subscriptions that a payload may match: those that are cached, and those that are looked up by its values.
    /// </summary>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    /// <exception cref="UnmatchableException">The payload has too many values where triggers are looked up.</exception>
    public async Task<IReadOnlyList<(StoredSubscription Stored, long Number)>> ReadAsync(byte[] json, Deadline deadline)
    {
        var (all, fields) = await ReadCachedAsync(deadline).ConfigureAwait(false);
        foreach (var values in SubscriptionIndex.ReadValues(new FieldValueReader(fields), json).Chunk(Page))
        {
            var found = await Task.WhenAll(values.Select(value => ReadLookedUpAsync(value, deadline))).ConfigureAwait(false);
            all.AddRange(found.SelectMany(static one => one));
        }

        return all;
    }

    /// <summary>Counts the triggers that would fire for an event.</summary>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    /// <exception cref="UnmatchableException">The payload has too many values where triggers are looked up.</exception>
    public async Task<int> CountFiringAsync(Delivery delivery, Deadline deadline)
    {
        var (subscriptions, firing) = (await ReadAsync(delivery.Json, deadline).ConfigureAwait(false), 0);
        foreach (var some in subscriptions.Where(one => one.Number <= delivery.Watermark.All).Chunk(Page))
        {
            var read = await Task.WhenAll(some.Select(one => ReadTriggerAsync(one.Stored, deadline))).ConfigureAwait(false);
            firing += read.Count(one => one is { Fires: true } && Matches(one, delivery));
        }

        return firing;
    }

    private static bool Matches(SubscribedTrigger trigger, Delivery delivery) =>
        !delivery.Chain.Has(trigger.Mark) && (trigger.Pattern is null || trigger.Pattern.Match(delivery.Json) == true);

    /// <summary>Lists the subscriptions that matching processes cache, and the fields by whose values others are looked up.</summary>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public async Task<(List<(StoredSubscription Stored, long Number)> All, IReadOnlyList<string> Fields)> ReadCachedAsync(
        Deadline deadline)
    {
        var (all, fields) = (new List<(StoredSubscription Stored, long Number)>(), new List<string>());
        var (epoch, number, hasMore) = (string.Empty, 0L, true);
        while (hasMore && all.Count < MaxListed)
        {
            var changes = await ReadPageAsync(epoch, number, deadline).ConfigureAwait(false);
            (epoch, number, hasMore) = (changes.Epoch, changes.Number, changes.HasMore);
            var members = changes.Added.ToLookup(static one => TriggerSubscription.IsField(one.Member));
            fields.AddRange(members[true].Select(static one => TriggerSubscription.FieldOf(one.Member)).Where(JsonPointer.NamesField));
            all.AddRange(Parse(members[false], value: null));
        }

        return (all, fields);
    }

    private async Task<SubscriptionChanges> ReadPageAsync(string epoch, long number, Deadline deadline)
    {
        var request = new SubscriptionChangesRequest
        {
            Partition = partition, Type = type, Epoch = epoch, Number = number, GoesOn = number > 0, Limit = Page,
        };
        return await keyspace.Operations.ReadAsync(What, partition, request, deadline).ConfigureAwait(false)
            ?? throw new ForeignKeyException(
                $"Which triggers subscribe to events of type '{type}' cannot be read: one of their keys holds a value that EventTriggers "
                + "did not write. Remove it.");
    }

    private async Task<IReadOnlyList<(StoredSubscription Stored, long Number)>> ReadLookedUpAsync(FieldValueKey value, Deadline deadline)
    {
        var key = partition.Keys.SubscriptionsByValue(value.ToHash(type));
        var found = await keyspace.Operations.ReadIndexAsync(
            What, partition, key,
            database => database.SortedSetRangeByScoreWithScoresAsync(key, take: Page, flags: CommandFlags.DemandMaster), deadline)
            .ConfigureAwait(false);
        return [.. Parse(found.Select(static one => (one.Element.ToString(), (long)one.Score)), value)];
    }

    private static IEnumerable<(StoredSubscription Stored, long Number)> Parse(
        IEnumerable<(string Member, long Number)> members, FieldValueKey? value) =>
        members.Select(static one => (Subscription: TriggerSubscription.TryParse(one.Member), one.Number))
            .Where(static one => one.Subscription is not null)
            .Select(one => (new StoredSubscription(one.Subscription!, value), one.Number));

    // null for what cannot be read, or has ended: matching passes over it.
    private async Task<SubscribedTrigger?> ReadTriggerAsync(StoredSubscription stored, Deadline deadline)
    {
        if (stored.Subscription.Cancels)
        {
            return null;
        }

        try
        {
            var home = keyspace.PartitionOf(stored.Subscription.Id);
            var values = await keyspace.Operations.ReadAsync(
                What, home, database => database.HashGetAsync(
                    home.Keys.Trigger(stored.Subscription.Id), Fields, CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            return SubscribedTrigger.FromHash(stored, startsAfter: 0, name => values[Array.IndexOf(SubscribedTrigger.Fields, name)]);
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e)
            || (e is StoreUnavailableException && RedisFailures.IsOfAnotherType(e.InnerException)))
        {
            return null;
        }
    }
}
