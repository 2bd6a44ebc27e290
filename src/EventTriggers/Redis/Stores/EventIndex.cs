using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>A list or sorted set of events: a group's deliveries of one status, or the events that no group takes.</summary>
/// <param name="partition">Where it is.</param>
/// <param name="key">The key.</param>
/// <param name="isList">Whether it is a list.</param>
/// <param name="holds">Whether an event still belongs to it when it is read.</param>
internal sealed class EventIndex(Partition partition, RedisKey key, bool isList, Func<EventRecord, bool> holds)
{
    private const int Page = 50;

    private EventIndex(Partition partition, RedisKey key, bool isList, string group, DeliveryStatus status)
        : this(partition, key, isList, found => found.Deliveries.Any(d => d.Group == group && d.Status == status) || IsLost(found, group))
    {
    }

    /// <summary>Gets the events of a type that no group and no trigger takes.</summary>
    public static EventIndex FromUnrouted(Partition partition, string type) =>
        new(partition, partition.Keys.Unrouted(type), isList: true, static found => found is { Deliveries.Count: 0, IsCanceled: false });

    /// <param name="partition">Where.</param>
    /// <param name="group">The group.</param>
    /// <param name="status">The status.</param>
    /// <param name="parked">The names of the group's parked lists.</param>
    public static IEnumerable<EventIndex> From(Partition partition, string group, DeliveryStatus status, IReadOnlyList<string> parked)
    {
        var keys = partition.Keys.Of(group);
        EventIndex[] ready =
        [
            .. ((RedisKey[])[keys.Ready, keys.Quarantine, .. parked.Select(list => partition.Keys.Parked(group, list))])
                .Select(key => new EventIndex(partition, key, true, group, status)),
        ];
        return status switch
        {
            DeliveryStatus.Ready => ready,
            DeliveryStatus.Delayed => [new(partition, keys.Delayed, false, group, status)],
            DeliveryStatus.Leased => [new(partition, keys.Leased, false, group, status)],
            DeliveryStatus.Processed => [new(partition, keys.Done, false, group, status)],
            DeliveryStatus.Dead => [new(partition, keys.Dead, false, group, status)],
            DeliveryStatus.Expired => [new(partition, keys.Ended, false, group, status)],

            // A canceled id stays in the ready list until a claim reaches it.
            DeliveryStatus.Canceled => [new(partition, keys.Ended, false, group, status), .. ready],
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "Must be a delivery status."),
        };
    }

    /// <summary>Reads page by page, newest first. Events that have left the status meanwhile are left out.</summary>
    public async IAsyncEnumerable<Ranked> ReadAsync(
        Keyspace keyspace, Func<string, Deadline, Task<EventRecord?>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var from = 0L; ; from += Page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var deadline = keyspace.Begin(cancellationToken);
            var entries = await keyspace.Operations.ReadIndexAsync(
                "query events", partition, key, database => PageAsync(database, from), deadline)
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            var events = await Task.WhenAll(entries.Select(entry => read(IdOf(entry), deadline)))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < entries.Length; i++)
            {
                if (events[i] is { } found && holds(found))
                {
                    yield return new Ranked(isList ? found.PublishedAt.ToUnixTimeMilliseconds() : entries[i].Score, found);
                }
            }

            if (entries.Length < Page)
            {
                yield break;
            }
        }
    }

    // An event that cannot be read is listed where its id is.
    private static bool IsLost(EventRecord found, string group) =>
        found.Unreadable is not null && found.Deliveries.All(d => d.Group != group);

    // A lease of a later claim is called 'id#claim'.
    private static string IdOf(SortedSetEntry entry) => entry.Element.ToString().Split('#')[0];

    private async Task<SortedSetEntry[]> PageAsync(IDatabase database, long from)
    {
        const CommandFlags Flags = CommandFlags.DemandMaster;
        if (!isList)
        {
            return await database.SortedSetRangeByRankWithScoresAsync(
                key, from, from + Page - 1, Order.Descending, Flags).ConfigureAwait(false);
        }

        var ids = await database.ListRangeAsync(key, from, from + Page - 1, Flags).ConfigureAwait(false);
        return Array.ConvertAll(ids, static id => new SortedSetEntry(id, 0));
    }
}
