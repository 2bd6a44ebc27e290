using System.Runtime.CompilerServices;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads, cancels and redrives published events.</summary>
internal sealed class RedisEventStore(Keyspace keyspace) : IEventStore
{
    private const int TypesPage = 200;

    // The most parked lists that are counted and read.
    private const int MaxParkedLists = 10_000;

    public async ValueTask<EventRecord?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await ReadAsync(keyspace.PartitionOf(id), id, deadline).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<EventRecord> QueryAsync(
        EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var name = GroupOf(query.Group);
        IEnumerable<DeliveryStatus> statuses = query.Status is { } one ? [one] : Enum.GetValues<DeliveryStatus>();
        IAsyncEnumerable<Ranked> ReadAsync(Partition partition) => DeliveriesOf(partition, name, statuses, cancellationToken);

        await foreach (var found in PartitionMerge.ReadAsync(keyspace, "query events", ReadAsync, cancellationToken).ConfigureAwait(false))
        {
            if (query.Type is null || found.Type == query.Type)
            {
                yield return found;
            }
        }
    }

    public async ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default)
    {
        var name = GroupOf(group);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        var unread = new FailedPartitions();
        var counts = await ReadAllAsync(
            partition => CountAsync(partition, name, deadline), unread, cancellationToken).ConfigureAwait(false);
        return new GroupCounts
        {
            Ready = counts.Sum(static c => c.Ready),
            Delayed = counts.Sum(static c => c.Delayed),
            Leased = counts.Sum(static c => c.Leased),
            Dead = counts.Sum(static c => c.Dead),
            Processed = counts.Sum(static c => c.Processed),
            UnreadPartitions = unread.Partitions,
        };
    }

    public async ValueTask<UnroutedCounts> CountUnroutedAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var counts = await ReadAllAsync(
            partition => CountUnroutedAsync(partition, deadline), unread, cancellationToken).ConfigureAwait(false);
        return new UnroutedCounts
        {
            Types =
            [
                .. counts.SelectMany(static types => types).GroupBy(static type => type.Type, StringComparer.Ordinal)
                    .OrderBy(static same => same.Key, StringComparer.Ordinal)
                    .Select(
                        static same => new UnroutedType { Type = same.Key, Count = same.Sum(static type => type.Count),
                            Since = same.Min(static type => type.Since) }),
            ],
            UnreadPartitions = unread.Partitions,
        };
    }

    public IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, CancellationToken cancellationToken = default)
    {
        if (type is not null)
        {
            NameRules.ThrowIfInvalidType(type);
        }

        return PartitionMerge.ReadAsync(
            keyspace, "query events", partition => UnroutedOf(partition, type, cancellationToken), cancellationToken);
    }

    public async ValueTask<CancelOutcome> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var partition = keyspace.PartitionOf(id);
        var deadline = keyspace.Begin(cancellationToken);
        var found = await keyspace.Operations.RunAsync(
            new CancelEventRequest { Partition = partition, Id = id }, deadline).ConfigureAwait(false);
        if (!found.HasSubscriptions)
        {
            return found.Outcome;
        }

        await SubscriptionWriter.TryRemoveAsync(deadline.AfterChange, _ => UnsubscribeAsync(partition, id)).ConfigureAwait(false);
        return CancelOutcome.Canceled;
    }

    public async ValueTask<RedriveOutcome> RedriveAsync(string id, string? group = null, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        var name = group is null ? null : GroupOf(group);
        cancellationToken.ThrowIfCancellationRequested();
        var redrive = new RedriveRequest { Partition = keyspace.PartitionOf(id), Id = id, Group = name };
        return await keyspace.Operations.RunAsync(redrive, keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    // A subscription that is not removed ends a few days after the event was due.
    private async ValueTask UnsubscribeAsync(Partition partition, string id)
    {
        if ((string?)await keyspace.Database.HashGetAsync(
            partition.Keys.Event(id), "cancelon", CommandFlags.DemandMaster).ConfigureAwait(false) is { } cancelOn
            && CancelOnRule.FindSubscription(id, cancelOn) is { } subscription)
        {
            await new SubscriptionWriter(keyspace).RemoveAsync(subscription.Subscription, subscription.Type).ConfigureAwait(false);
        }
    }

    private string GroupOf(string? group)
    {
        if (group is null)
        {
            return keyspace.Options.Group;
        }

        // The internal group can be looked at: its dead letters are events whose triggers could not be fired.
        if (group != TriggerMatcher.Group)
        {
            NameRules.ThrowIfInvalidGroup(group);
        }

        return group;
    }

    // The names of a group's parked lists.
    private Task<string[]> ParkedListsAsync(Partition partition, string group, Deadline deadline) =>
        keyspace.Operations.ReadIndexAsync("query events", partition, partition.Keys.Of(group).Parked, async database =>
        (await database.SortedSetRangeByRankAsync(
            partition.Keys.Of(group).Parked, 0, MaxParkedLists - 1, flags: CommandFlags.DemandMaster).ConfigureAwait(false))
            .ToStringArray(), deadline)!;

    private Task<DeliveryCounts> CountAsync(Partition partition, string group, Deadline deadline) => keyspace.Operations.ReadAsync(
        "count deliveries",
        partition,
        new CountRequest { Partition = partition, Group = group, MaxParkedLists = MaxParkedLists },
        deadline);

    // All partitions are asked at the same time. A partition that fails is left out.
    private async Task<IReadOnlyList<T>> ReadAllAsync<T>(
        Func<Partition, Task<T>> read, FailedPartitions unread, CancellationToken cancellationToken)
        where T : class
    {
        var all = await Task.WhenAll(
            keyspace.Partitions.Select(partition => unread.TryAsync(partition, () => new ValueTask<T>(read(partition)))))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        unread.ThrowIfAll();
        return [.. all.OfType<T>()];
    }

    private async IAsyncEnumerable<Ranked> DeliveriesOf(
        Partition partition, string group, IEnumerable<DeliveryStatus> statuses,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parked = await ParkedListsAsync(partition, group, keyspace.Begin(cancellationToken))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        var indexes = statuses.SelectMany(status => EventIndex.From(partition, group, status, parked));
        await foreach (var found in MergeAsync(partition, indexes, cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    private async IAsyncEnumerable<Ranked> UnroutedOf(
        Partition partition, string? type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<string> types = type is not null
            ? [type]
            : (await CountUnroutedAsync(partition, keyspace.Begin(cancellationToken)).WaitAsync(cancellationToken).ConfigureAwait(false))
                .Select(static one => one.Type);
        await foreach (var found in MergeAsync(
            partition, types.Select(one => EventIndex.FromUnrouted(partition, one)), cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    private IAsyncEnumerable<Ranked> MergeAsync(
        Partition partition, IEnumerable<EventIndex> indexes, CancellationToken cancellationToken) =>
        NewestFirstMerge.MergeAsync(
        [
            .. indexes.Select(index => index.ReadAsync(keyspace, (id, deadline) => ReadAsync(partition, id, deadline), cancellationToken)),
        ], cancellationToken);

    private async Task<IReadOnlyList<UnroutedType>> CountUnroutedAsync(Partition partition, Deadline deadline)
    {
        var types = new List<UnroutedType>();
        UnroutedType[] page;
        do
        {
            var next = new UnroutedRequest { Partition = partition, From = types.Count, Count = TypesPage };
            page = await keyspace.Operations.ReadAsync("count events that no group takes", partition, next, deadline).ConfigureAwait(false);
            types.AddRange(page);
        }
        while (page.Length == TypesPage);
        types.RemoveAll(static type => type.Count == 0);
        return types;
    }

    private async Task<EventRecord?> ReadAsync(Partition partition, string id, Deadline? deadline = null)
    {
        try
        {
            var hash = await keyspace.Operations.ReadAsync("find an event", partition, database =>
                database.HashGetAllAsync(partition.Keys.Event(id), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            return EventHash.Read(id, hash);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return EventHash.Foreign(id);
        }
    }
}
