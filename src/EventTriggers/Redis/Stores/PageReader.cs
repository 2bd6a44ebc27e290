using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads one page of all partitions at the same time, one call for each.</summary>
/// <param name="keyspace">The keys.</param>
/// <param name="what">Names the call in exceptions.</param>
internal sealed class PageReader(Keyspace keyspace, string what)
{
    /// <summary>The most records that a call reads for a stream.</summary>
    public const int StreamedRecords = 100;

    /// <param name="order">The order of sorted sets.</param>
    /// <param name="query">Tells the query from others.</param>
    /// <param name="start">Where its first page begins.</param>
    /// <param name="cursor">Where this page begins; <see langword="null"/> for the first one.</param>
    /// <param name="limit">The most records.</param>
    /// <param name="request">Makes the call of a partition; <see langword="null"/> for one that cannot hold what is asked for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The page, and the cursor of the next one.</returns>
    /// <exception cref="ArgumentException">The cursor is not one of this query.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit is out of range.</exception>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    public async Task<(MergedPage<T> Page, string? Next)> ReadAsync<T>(
        IComparer<IndexPosition> order, string query, PagePositions start, string? cursor, int limit,
        Func<Partition, PagePositions, PageSize, IScriptRequest<PageReply<T>>?> request, CancellationToken cancellationToken)
    {
        ThrowIfOutOfRange(limit);
        var owner = $"{keyspace.Options.KeyPrefix} {keyspace.Partitions.Count} {query}";
        var from = cursor is null ? start : PageCursor.Read(owner, cursor, keyspace.Partitions.Count);
        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        Task<PageReply<T>?> ReadAsync(Partition partition) => request(partition, from, new PageSize(limit)) is { } call
            ? unread.TryAsync(
                partition, () => new ValueTask<PageReply<T>>(keyspace.Operations.ReadAsync(what, partition, call, deadline)))
            : Task.FromResult<PageReply<T>?>(null);
        var replies = await Task.WhenAll(keyspace.Partitions.Select(ReadAsync)).WaitAsync(cancellationToken).ConfigureAwait(false);
        unread.ThrowIfAll();
        var parts = replies.Index().Where(static part => part.Item is not null).Select(static part => (part.Index, part.Item!)).ToArray();
        var merge = new PageMerge<T>(order, from, parts);
        var page = new MergedPage<T>(
            merge.Take(limit), parts.Sum(static part => part.Item2.Examined), parts.Any(static part => part.Item2.IsTruncated),
            unread.Partitions);
        return (page, merge.Next() is { } next ? PageCursor.Write(owner, next) : null);
    }

    private static void ThrowIfOutOfRange(int limit)
    {
        if (limit is < 1 or > PageSize.MostRecords)
        {
            throw new ArgumentOutOfRangeException(
                nameof(limit), limit, $"A page has 1 to {PageSize.MostRecords} records, but {limit} were asked for.");
        }
    }
}
