using System.Runtime.CompilerServices;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads triggers page by page: one call a page and partition.</summary>
internal sealed class TriggerPages(Keyspace keyspace)
{
    private const string What = "query triggers";

    private readonly PageReader _reader = new(keyspace, What);

    /// <summary>Reads a page over all partitions.</summary>
    public async Task<TriggerPage> ListAsync(TriggerFilter filter, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var start = new PagePositions(filter.Start, [.. Enumerable.Repeat(ListPosition.Done, keyspace.Partitions.Count)]);
        var (page, next) = await _reader.ReadAsync(
            new IndexOrder(filter.Sources, isDown: false), $"triggers {filter}", start, cursor, limit,
            (partition, from, size) => NewRequest(partition, filter, from.Index, size), cancellationToken).ConfigureAwait(false);
        return new TriggerPage
        {
            Triggers = page.Records,
            Cursor = next,
            Examined = page.Examined,
            UnreadPartitions = page.UnreadPartitions,
        };
    }

    /// <summary>Reads the triggers of one partition to their end.</summary>
    public async IAsyncEnumerable<TriggerRecord> ReadAsync(
        Partition partition, TriggerFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = filter.Start;
        PageReply<TriggerRecord> page;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            page = await keyspace.Operations.ReadAsync(
                What, partition, NewRequest(partition, filter, from, new PageSize(PageReader.StreamedRecords)),
                keyspace.Begin(cancellationToken)).WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Items)
            {
                yield return item.Record;
            }

            from = page.Position;
        }
        while (!page.HasEnded);
    }

    private static PageTriggersRequest NewRequest(Partition partition, TriggerFilter filter, IndexPosition from, PageSize size) =>
        new() { Partition = partition, Filter = filter, Size = size, Position = from };
}
