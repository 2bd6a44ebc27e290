using System.Runtime.CompilerServices;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Merges the events of all partitions, newest first. The newest of all is known when each partition has answered or failed.
/// </summary>
internal static class PartitionMerge
{
    // A server that answers takes far less.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(100);

    /// <param name="keyspace">The keys.</param>
    /// <param name="what">Names the call in exceptions.</param>
    /// <param name="read">Reads a partition.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="IncompleteResultException">At the end: some partitions could not be read.</exception>
    public static async IAsyncEnumerable<EventRecord> ReadAsync(
        Keyspace keyspace, string what, Func<Partition, IAsyncEnumerable<Ranked>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var unread = new FailedPartitions();
        var open = keyspace.Partitions.Select(
            partition => (Partition: partition, Events: read(partition).GetAsyncEnumerator(cancellationToken)))
            .ToArray();
        try
        {
            // All at the same time, and each to its end: an enumerator that still moves cannot be disposed.
            var begun = await Task.WhenAll(
                open.Select(source => unread.TryAsync(source.Partition, source.Events.MoveNextAsync))).ConfigureAwait(false);
            var heads = new PriorityQueue<(Partition Partition, IAsyncEnumerator<Ranked> Events), double>(
                open.Where((_, i) => begun[i]).Select(static source => (source, -source.Events.Current.Rank)));
            while (heads.TryDequeue(out var newest, out _))
            {
                if (unread.Has(newest.Partition))
                {
                    continue;
                }

                yield return newest.Events.Current.Event;
                var moving = unread.TryAsync(newest.Partition, newest.Events.MoveNextAsync);
                if (!moving.IsCompleted)
                {
                    var others = heads.UnorderedItems.Select(static head => head.Element.Partition);
                    await Task.WhenAll(moving, AskAsync(keyspace, what, unread, others, moving, cancellationToken)).ConfigureAwait(false);
                }

                if (await moving.ConfigureAwait(false))
                {
                    heads.Enqueue(newest, -newest.Events.Current.Rank);
                }
            }

            unread.ThrowIfAny(what);
        }
        finally
        {
            foreach (var source in open)
            {
                await source.Events.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // A server that is away may have several partitions. While one of them is awaited, the others are asked whether they answer: otherwise
    // each would be awaited in turn.
    private static async Task AskAsync(
        Keyspace keyspace, string what, FailedPartitions unread, IEnumerable<Partition> others, Task moving,
        CancellationToken cancellationToken)
    {
        await moving.WaitAsync(
            AnswerTimeout, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!moving.IsCompleted)
        {
            var deadline = keyspace.Begin(cancellationToken);
            await Task.WhenAll(others.Select(other => unread.TryAsync(other, async () => await keyspace.Operations.ReadAsync(
                what, other, database => database.KeyExistsAsync(
                    other.Keys.Root, CommandFlags.DemandMaster),
                        deadline).ConfigureAwait(false)))).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
