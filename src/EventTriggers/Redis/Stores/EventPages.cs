using System.Runtime.CompilerServices;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads deliveries page by page: one call a page and partition.</summary>
internal sealed class EventPages(Keyspace keyspace)
{
    private const string What = "query events";

    private static readonly IndexOrder NewestFirst = new([], isDown: true);

    private readonly PageReader _reader = new(keyspace, What);

    /// <summary>Reads a page of a group over all partitions.</summary>
    public Task<EventPage> ListAsync(EventFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var start = new PagePositions(filter.Start, ListsOf(filter.ReadsLists ? ListPosition.Start : ListPosition.Done));
        return ListAsync(
            $"events {filter}", start, cursor, limit,
            (partition, from, size) => CanBeIn(partition, filter) ? NewRequest(partition, filter, from, size) : null, cancellationToken);
    }

    /// <summary>Reads a page of the events that nothing has taken, over all partitions.</summary>
    public Task<EventPage> ListUnroutedAsync(string type, string? cursor, int limit, CancellationToken cancellationToken) => ListAsync(
        $"unrouted {type}", new PagePositions(new IndexPosition(string.Empty, "0", []), ListsOf(ListPosition.Start)), cursor, limit,
        (partition, from, size) => new PageUnroutedRequest
        {
            Partition = partition, Type = type, Size = size, List = from.Lists[partition.Index],
        },
        cancellationToken);

    /// <summary>Reads the deliveries of a group in one partition to their end.</summary>
    public IAsyncEnumerable<Ranked> ReadAsync(
        Partition partition, EventFilter filter, Truncation truncation, CancellationToken cancellationToken)
    {
        // Lists and sorted sets are read apart, and merged by when a delivery reached its status.
        var parts = new[] { filter.Within(lists: true), filter.Within(lists: false) }
            .Where(part => part.Sources.Count > 0 && CanBeIn(partition, filter))
            .Select(part => ReadAsync(
                partition, truncation, new PagePositions(part.Start, ListsOf(part.ReadsLists ? ListPosition.Start : ListPosition.Done)),
                (from, size) => NewRequest(partition, part, from, size), cancellationToken));
        return NewestFirstMerge.MergeAsync([.. parts], cancellationToken);
    }

    /// <summary>Reads the events of a type that nothing has taken in one partition to their end.</summary>
    public IAsyncEnumerable<Ranked> ReadUnroutedAsync(
        Partition partition, string type, Truncation truncation, CancellationToken cancellationToken) => ReadAsync(
        partition, truncation, new PagePositions(new IndexPosition(string.Empty, "0", []), ListsOf(ListPosition.Start)),
        (from, size) => new PageUnroutedRequest
        {
            Partition = partition, Type = type, Size = size, List = from.Lists[partition.Index],
        },
        cancellationToken);

    private static PageEventsRequest NewRequest(Partition partition, EventFilter filter, PagePositions from, PageSize size) => new()
    {
        Partition = partition, Filter = filter, Size = size, List = from.Lists[partition.Index], Position = from.Index,
    };

    private async Task<EventPage> ListAsync(
        string query, PagePositions start, string? cursor, int limit,
        Func<Partition, PagePositions, PageSize, IScriptRequest<PageReply<EventRecord>>?> request, CancellationToken cancellationToken)
    {
        var (page, next) = await _reader.ReadAsync(
            NewestFirst, query, start, cursor, limit, request, cancellationToken).ConfigureAwait(false);
        return new EventPage
        {
            Events = page.Records,
            Cursor = next,
            Examined = page.Examined,
            IsTruncated = page.IsTruncated,
            UnreadPartitions = page.UnreadPartitions,
        };
    }

    private async IAsyncEnumerable<Ranked> ReadAsync(
        Partition partition, Truncation truncation, PagePositions from,
        Func<PagePositions, PageSize, IScriptRequest<PageReply<EventRecord>>> request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PageReply<EventRecord> page;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            page = await keyspace.Operations.ReadAsync(
                What, partition, request(from, new PageSize(PageReader.StreamedRecords)), keyspace.Begin(cancellationToken))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return new Ranked(IndexOrder.TryParse(item.Position.Score, out var rank) ? rank : 0, item.Record);
            }

            truncation.Note(partition, page.IsTruncated);
            from = new PagePositions(page.Position, ListsOf(page.List));
        }
        while (!page.HasEnded);
    }

    private bool CanBeIn(Partition partition, EventFilter filter) => filter.CanBeIn(partition, keyspace.Partitions.Count);

    private ListPosition[] ListsOf(ListPosition list) => [.. Enumerable.Repeat(list, keyspace.Partitions.Count)];
}
