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

    // The most parked lists that are counted.
    private const int MaxParkedLists = 10_000;

    private readonly EventPages _pages = new(keyspace);
    private readonly OperationWriter _operations = new(keyspace);

    public async ValueTask<EventRecord?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await ReadWithAttemptsAsync(keyspace.PartitionOf(id), id, deadline).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<EventRecord> QueryAsync(
        EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var (filter, truncation) = (EventFilter.From(query, GroupOf(query.Group)), new Truncation());
        IAsyncEnumerable<Ranked> ReadAsync(Partition partition) => _pages.ReadAsync(partition, filter, truncation, cancellationToken);
        await foreach (var found in PartitionMerge.ReadAsync(keyspace, "query events", ReadAsync, cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }

        truncation.ThrowIfAny();
    }

    public async ValueTask<EventPage> ListAsync(
        EventQuery query, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return await _pages.ListAsync(EventFilter.From(query, GroupOf(query.Group)), cursor, limit, cancellationToken)
            .ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<DeliveryExplanation>> ExplainAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var explain = new ExplainDeliveriesRequest { Partition = keyspace.PartitionOf(id), Id = id, Now = keyspace.PinnedNow };
        var found = await keyspace.Operations.ReadAsync("explain an event", explain.Partition, explain, keyspace.Begin(cancellationToken))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return await Task.WhenAll(found.Select(one => AfterLimitsAsync(one, cancellationToken))).ConfigureAwait(false);
    }

    // Only the partitions that keep the limits of a group know whether they grant anything.
    private async Task<DeliveryExplanation> AfterLimitsAsync(DeliveryExplanation found, CancellationToken cancellationToken)
    {
        if (found.Reason != DeliveryReason.Claimable || found.Group == TriggerMatcher.Group)
        {
            return found;
        }

        var limits = await new RedisRateLimitStore(keyspace).ListAsync(found.Group, cancellationToken).ConfigureAwait(false);
        return limits.Limits.Max(static limit => limit.NextAt) is { } next
            ? new DeliveryExplanation { Group = found.Group, Status = found.Status, Reason = DeliveryReason.RateLimited, Until = next }
            : found;
    }

    public async ValueTask<GroupCounts> CountAsync(string? group = null, CancellationToken cancellationToken = default)
    {
        var name = GroupOf(group);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        var unread = new FailedPartitions();
        var counts = await unread.ReadAllAsync(
            keyspace.Partitions, partition => CountAsync(partition, name, deadline), cancellationToken).ConfigureAwait(false);
        return new GroupCounts
        {
            Ready = counts.Sum(static c => c.Ready),
            Delayed = counts.Sum(static c => c.Delayed),
            Leased = counts.Sum(static c => c.Leased),
            Dead = counts.Sum(static c => c.Dead),
            Processed = counts.Sum(static c => c.Processed),
            Lag = counts.Max(static c => c.Lag),
            Waiting = counts.Sum(static c => c.Waiting),
            HeldKeys = counts.Sum(static c => c.HeldKeys),
            UnreadPartitions = unread.Partitions,
        };
    }

    public async ValueTask<UnroutedCounts> CountUnroutedAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var counts = await unread.ReadAllAsync(
            keyspace.Partitions, partition => CountUnroutedAsync(partition, deadline), cancellationToken).ConfigureAwait(false);
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

    public async IAsyncEnumerable<EventRecord> QueryUnroutedAsync(
        string? type = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfInvalidType(type);
        var truncation = new Truncation();
        IAsyncEnumerable<Ranked> ReadAsync(Partition partition) => UnroutedOf(partition, type, truncation, cancellationToken);
        await foreach (var found in PartitionMerge.ReadAsync(keyspace, "query events", ReadAsync, cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }

        truncation.ThrowIfAny();
    }

    public async ValueTask<EventPage> ListUnroutedAsync(
        string? type = null, string? cursor = null, int limit = 50, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalidType(type);
        return await _pages.ListUnroutedAsync(type ?? string.Empty, cursor, limit, cancellationToken).ConfigureAwait(false);
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

    public async ValueTask<DiscardOutcome> DiscardAsync(string id, string? group = null, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidEventId(id);
        var name = group is null ? null : GroupOf(group);
        cancellationToken.ThrowIfCancellationRequested();
        var discard = new DiscardEventRequest { Partition = keyspace.PartitionOf(id), Id = id, Group = name };
        return await keyspace.Operations.RunAsync(discard, keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    public ValueTask<string> RedriveAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(OperationKind.RedriveEvents, query, options, cancellationToken, DeliveryStatus.Dead);

    public ValueTask<string> DiscardAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(OperationKind.DiscardEvents, query, options, cancellationToken, DeliveryStatus.Dead);

    public ValueTask<string> CancelAsync(EventQuery query, BulkOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(
            OperationKind.CancelEvents, query, options, cancellationToken, DeliveryStatus.Ready, DeliveryStatus.Delayed,
            DeliveryStatus.Leased);

    private ValueTask<string> StartAsync(
        OperationKind kind, EventQuery query, BulkOptions? options, CancellationToken cancellationToken,
        params ReadOnlySpan<DeliveryStatus> statuses)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = EventFilter.ForOperation(query, GroupOf(query.Group), statuses);
        return _operations.StartAsync(
            kind, filter.Describe(), partition => filter.ToFields(filter.CanBeIn(partition, keyspace.Partitions.Count)), options,
            cancellationToken);
    }

    // A subscription that is not removed ends a few days after the event was due.
    private async ValueTask UnsubscribeAsync(Partition partition, string id)
    {
        if ((string?)await keyspace.Database.HashGetAsync(
            partition.Keys.Event(id), "cancelon", CommandFlags.DemandMaster).ConfigureAwait(false) is { } cancelOn)
        {
            await new SubscriptionWriter(keyspace).RemoveAsync(CancelOnRule.FindSubscriptions(id, cancelOn)).ConfigureAwait(false);
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

    private Task<DeliveryCounts> CountAsync(Partition partition, string group, Deadline deadline) => keyspace.Operations.ReadAsync(
        "count deliveries",
        partition,
        new CountRequest { Partition = partition, Group = group, MaxParkedLists = MaxParkedLists, Now = keyspace.PinnedNow },
        deadline);

    private static void ThrowIfInvalidType(string? type)
    {
        if (type is not null)
        {
            NameRules.ThrowIfInvalidType(type);
        }
    }

    private async IAsyncEnumerable<Ranked> UnroutedOf(
        Partition partition, string? type, Truncation truncation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<string> types = type is not null
            ? [type]
            : (await CountUnroutedAsync(partition, keyspace.Begin(cancellationToken)).WaitAsync(cancellationToken).ConfigureAwait(false))
                .Select(static one => one.Type);
        var events = types.Select(one => _pages.ReadUnroutedAsync(partition, one, truncation, cancellationToken));
        await foreach (var found in NewestFirstMerge.MergeAsync([.. events], cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

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

    private async Task<EventRecord?> ReadAsync(Partition partition, string id, Deadline? deadline = null) =>
        await ReadHashAsync(partition, id, deadline).ConfigureAwait(false) is { } hash
            ? EventHash.Read(id, hash)
            : EventHash.Foreign(id);

    // Most deliveries simply succeed, and have no list of attempts to be read.
    private async Task<EventRecord?> ReadWithAttemptsAsync(Partition partition, string id, Deadline deadline)
    {
        if (await ReadHashAsync(partition, id, deadline).ConfigureAwait(false) is not { } hash)
        {
            return EventHash.Foreign(id);
        }

        var record = EventHash.Read(id, hash);
        var groups = record?.Deliveries.Where(static delivery => HasFailed(delivery))
            .Select(static delivery => delivery.Group).ToArray() ?? [];
        if (groups.Length == 0)
        {
            return record;
        }

        var lists = await Task.WhenAll(groups.Select(group => AttemptsAsync(partition, group, id, deadline))).ConfigureAwait(false);
        return EventHash.Read(
            id, hash, groups.Zip(lists).ToDictionary(static one => one.First, static one => one.Second, StringComparer.Ordinal));
    }

    // A redrive counts attempts anew, but not claims.
    private static bool HasFailed(DeliveryRecord delivery) =>
        delivery.Attempt > 1 || delivery.Fence > 1 || delivery.Attempt < delivery.Fence || delivery.Crashes > 0
        || delivery.Error is not null;

    // Null if the key holds something else.
    private async Task<HashEntry[]?> ReadHashAsync(Partition partition, string id, Deadline? deadline)
    {
        try
        {
            return await keyspace.Operations.ReadAsync("find an event", partition, database =>
                database.HashGetAllAsync(partition.Keys.Event(id), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<AttemptRecord>> AttemptsAsync(Partition partition, string group, string id, Deadline deadline)
    {
        try
        {
            return AttemptList.Read(await keyspace.Operations.ReadAsync("find an event", partition, database =>
                database.ListRangeAsync(partition.Keys.Attempts(group, id), flags: CommandFlags.DemandMaster), deadline)
                .ConfigureAwait(false));
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return [];
        }
    }
}
