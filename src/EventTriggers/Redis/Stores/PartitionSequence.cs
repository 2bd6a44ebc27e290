using System.Runtime.CompilerServices;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Reads one partition after another. A partition that does not answer soon is awaited beside the others, which go first.
/// </summary>
internal static class PartitionSequence
{
    // A server that answers takes far less. A server that does not delays the others by this.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(100);

    /// <param name="keyspace">The keys.</param>
    /// <param name="what">Names the call in exceptions.</param>
    /// <param name="read">Reads a partition.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="IncompleteResultException">At the end: some partitions could not be read.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        Keyspace keyspace, string what, Func<Partition, CancellationToken, IAsyncEnumerable<T>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (unread, late) = (new FailedPartitions(), new List<Source<T>>());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var rest = new Queue<Source<T>>(
            keyspace.Partitions.Select(
                partition => new Source<T>(partition, read(partition, ended.Token).GetAsyncEnumerator(ended.Token))));
        Source<T>? source = null;
        try
        {
            while ((source = await NextAsync(rest, late).ConfigureAwait(false)) is not null)
            {
                while (await source.IsSoonAsync(
                    unread, hasOthers: rest.Count + late.Count > 0).ConfigureAwait(false) && await source.TakeAsync().ConfigureAwait(false))
                {
                    yield return source.Current;
                }

                if (source.IsMoving)
                {
                    late.Add(source);
                }
                else
                {
                    await source.DisposeAsync().ConfigureAwait(false);
                }
            }

            unread.ThrowIfAny(what);
        }
        finally
        {
            // Reads that are still awaited end with that.
            await ended.CancelAsync().ConfigureAwait(false);
            foreach (var open in source is null ? late.Concat(rest) : late.Concat(rest).Append(source))
            {
                await open.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // A late partition that has answered, else the next one, else the first late one to answer.
    private static async ValueTask<Source<T>?> NextAsync<T>(Queue<Source<T>> rest, List<Source<T>> late)
    {
        if (late.Count > 0 && rest.Count == 0)
        {
            await Task.WhenAny(late.Select(static source => source.Moving)).ConfigureAwait(false);
        }

        if (late.Find(static source => source.Moving.IsCompleted) is not { } answered)
        {
            return rest.TryDequeue(out var next) ? next : null;
        }

        late.Remove(answered);
        return answered;
    }

    private sealed class Source<T>(Partition partition, IAsyncEnumerator<T> items) : IAsyncDisposable
    {
        private readonly Func<ValueTask<bool>> _move = items.MoveNextAsync;
        private Task<bool>? _moving;

        public Task<bool> Moving => _moving ?? Task.FromResult(false);

        public bool IsMoving => _moving is not null;

        public T Current => items.Current;

        // Moves to its next item, and tells whether that is there soon. The last partition that is left has all the time.
        public async ValueTask<bool> IsSoonAsync(FailedPartitions unread, bool hasOthers)
        {
            _moving ??= unread.TryAsync(partition, _move);
            if (!_moving.IsCompleted && hasOthers)
            {
                await ((Task)_moving).WaitAsync(AnswerTimeout, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return _moving.IsCompleted;
            }

            return true;
        }

        // False at the end.
        public async ValueTask<bool> TakeAsync()
        {
            var moved = await _moving!.ConfigureAwait(false);
            _moving = null;
            return moved;
        }

        public async ValueTask DisposeAsync()
        {
            // An enumerator that still moves cannot be disposed.
            await ((Task)Moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await items.DisposeAsync().ConfigureAwait(false);
        }
    }
}
