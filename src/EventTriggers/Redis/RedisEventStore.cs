using System.Globalization;
using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Reads and steers published events.</summary>
internal sealed class RedisEventStore(Keyspace keyspace) : IEventStore
{
    private const int TypesPage = 200;

    // As count.lua.
    private const int MostLanes = 10_000;

    public async ValueTask<EventRecord?> FindAsync(EventId id, CancellationToken cancellationToken = default)
    {
        Names.ThrowIfInvalid(id);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await ReadAsync(keyspace.PartitionOf(id.Value), id, deadline).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<EventRecord> QueryAsync(
        EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var name = GroupOf(query.Group);
        IEnumerable<DeliveryStatus> statuses = query.Status is { } one ? [one] : Enum.GetValues<DeliveryStatus>();
        var lanes = await Task.WhenAll(keyspace.Partitions.Select(partition => LanesAsync(partition, name))).WaitAsync(cancellationToken).ConfigureAwait(false);
        var pages = keyspace.Partitions.SelectMany(partition => statuses
            .SelectMany(status => EventIndex.Of(partition, name, status, lanes[partition.Index]))
            .Select(index => index.ReadAsync(keyspace, id => ReadAsync(partition, id), cancellationToken)));

        await foreach (var found in Newest.MergeAsync([.. pages], cancellationToken).ConfigureAwait(false))
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
        var counts = await Task.WhenAll(keyspace.Partitions.Select(partition => CountAsync(partition, name, deadline)))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        return new GroupCounts
        {
            Ready = counts.Sum(static c => c[0]),
            Delayed = counts.Sum(static c => c[1]),
            Leased = counts.Sum(static c => c[2]),
            Dead = counts.Sum(static c => c[3]),
            Processed = counts.Sum(static c => c[4]),
        };
    }

    public ValueTask<IReadOnlyList<UnroutedType>> CountUnroutedAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return CountUnroutedAsync(keyspace.Begin(cancellationToken), cancellationToken);
    }

    public async IAsyncEnumerable<EventRecord> QueryUnroutedAsync(string? type = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (type is not null)
        {
            Names.ThrowIfInvalidType(type);
        }

        var deadline = keyspace.Begin(cancellationToken);
        IEnumerable<string> types = type is not null
            ? [type]
            : (await CountUnroutedAsync(deadline, cancellationToken).ConfigureAwait(false)).Select(static one => one.Type);
        var pages = keyspace.Partitions.SelectMany(partition => types.Select(
            one => EventIndex.OfUnrouted(partition, one).ReadAsync(keyspace, id => ReadAsync(partition, id), cancellationToken)));
        await foreach (var found in Newest.MergeAsync([.. pages], cancellationToken).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    public async ValueTask<CancelOutcome> CancelAsync(EventId id, CancellationToken cancellationToken = default)
    {
        Names.ThrowIfInvalid(id);
        cancellationToken.ThrowIfCancellationRequested();
        var partition = keyspace.PartitionOf(id.Value);
        var word = await keyspace.OperateAsync(
            "cancel an event", Script.CancelEvent, partition, [partition.Keys.Event(id.Value), partition.Keys.Seen(id.Value)], [id.Value], keyspace.Begin(cancellationToken))
            .ConfigureAwait(false);
        if (word != "canceled-watch")
        {
            return CancelOutcomes.Parse(word);
        }

        await UnwatchAsync(partition, id).ConfigureAwait(false);
        return CancelOutcome.Canceled;
    }

    public async ValueTask<bool> RedriveAsync(EventId id, string? group = null, CancellationToken cancellationToken = default)
    {
        Names.ThrowIfInvalid(id);
        var name = group is null ? string.Empty : GroupOf(group);
        cancellationToken.ThrowIfCancellationRequested();
        var partition = keyspace.PartitionOf(id.Value);
        var word = await keyspace.OperateAsync(
            "redrive an event", Script.Redrive, partition, [partition.Keys.Event(id.Value)], [id.Value, name], keyspace.Begin(cancellationToken)).ConfigureAwait(false);
        return word switch
        {
            "redriven" => true,
            "not-dead" => false,
            _ => throw new InvalidOperationException($"redrive.lua answered '{word}'."),
        };
    }

    private async ValueTask UnwatchAsync(Partition partition, EventId id)
    {
        try
        {
            if ((string?)await keyspace.Database.HashGetAsync(partition.Keys.Event(id.Value), "cancelon", CommandFlags.DemandMaster).ConfigureAwait(false) is { } cancelOn
                && Cancellation.WatchedBy(id, cancelOn) is { } watched)
            {
                await new WatchWriter(keyspace).RemoveAsync(watched.Watch, watched.Watched).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // It is cancelled all the same, and what is watched goes a few days after the event was due.
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
            Names.ThrowIfInvalidGroup(group);
        }

        return group;
    }

    // Of the deliveries that wait for a host which handles their type.
    private Task<string[]> LanesAsync(Partition partition, string group) => keyspace.ReadIndexAsync("query events", partition, partition.Keys.Of(group).Parked, async database =>
        (await database.SortedSetRangeByRankAsync(partition.Keys.Of(group).Parked, 0, MostLanes - 1, flags: CommandFlags.DemandMaster).ConfigureAwait(false)).ToStringArray())!;

    private async Task<long[]> CountAsync(Partition partition, string group, Deadline deadline)
    {
        var keys = partition.Keys.Of(group);
        RedisKey[] all = [partition.Keys.Root, keys.Ready, keys.Delayed, keys.Leased, keys.Dead, keys.Done, keys.Suspects, keys.Parked];
        var words = await keyspace.ReadAsync("count deliveries", partition, _ =>
            keyspace.Scripts.RunForWordsAsync(Script.Count, all, (RedisValue[])[group]).AsTask(), deadline).ConfigureAwait(false);
        RedisKeys.ThrowIfMisused(words[0]);
        return Array.ConvertAll(words, static word => long.Parse(word, CultureInfo.InvariantCulture));
    }

    private async ValueTask<IReadOnlyList<UnroutedType>> CountUnroutedAsync(Deadline deadline, CancellationToken cancellationToken)
    {
        var counts = await Task.WhenAll(keyspace.Partitions.Select(partition => CountUnroutedAsync(partition, deadline))).WaitAsync(cancellationToken).ConfigureAwait(false);
        return
        [
            .. counts.SelectMany(static types => types).GroupBy(static type => type.Type, StringComparer.Ordinal).OrderBy(static same => same.Key, StringComparer.Ordinal)
                .Select(static same => new UnroutedType { Type = same.Key, Count = same.Sum(static type => type.Count), Since = same.Min(static type => type.Since) }),
        ];
    }

    private async Task<IReadOnlyList<UnroutedType>> CountUnroutedAsync(Partition partition, Deadline deadline)
    {
        var types = new List<UnroutedType>();
        RedisKey[] keys = [partition.Keys.Root, partition.Keys.UnroutedTypes];
        for (var from = 0; ; from += TypesPage)
        {
            var words = await keyspace.ReadAsync("count events that no group took", partition, _ =>
                keyspace.Scripts.RunForWordsAsync(Script.Unrouted, keys, (RedisValue[])[from, from + TypesPage - 1]).AsTask(), deadline).ConfigureAwait(false);
            RedisKeys.ThrowIfMisused(words is [var alone] ? alone : string.Empty);
            types.AddRange(words.Chunk(3).Select(static type => new UnroutedType
            {
                Type = type[0],
                Since = Unix.Time(long.Parse(type[1], CultureInfo.InvariantCulture)),
                Count = long.Parse(type[2], CultureInfo.InvariantCulture),
            }).Where(static type => type.Count > 0));
            if (words.Length < 3 * TypesPage)
            {
                return types;
            }
        }
    }

    private async Task<EventRecord?> ReadAsync(Partition partition, EventId id, Deadline? deadline = null)
    {
        try
        {
            var hash = await keyspace.ReadAsync("find an event", partition, database =>
                database.HashGetAllAsync(partition.Keys.Event(id.Value), CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            return EventHash.Read(id, hash);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            return EventHash.Foreign(id);
        }
    }
}
