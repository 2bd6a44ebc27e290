using System.Runtime.ExceptionServices;
using EventTriggers.Diagnostics;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// The partitions that could not be read by a call that asks all of them, and why. A partition that has failed is not asked again, so that
/// it costs the call its time once.
/// </summary>
internal sealed class FailedPartitions
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, StoreUnavailableException> _failures = [];
    private volatile bool _hasRead;

    /// <summary>Gets their numbers.</summary>
    public IReadOnlyList<int> Partitions
    {
        get
        {
            lock (_lock)
            {
                return [.. _failures.Keys];
            }
        }
    }

    /// <summary>Tells whether a partition has failed.</summary>
    public bool Has(Partition partition)
    {
        lock (_lock)
        {
            return _failures.ContainsKey(partition.Index);
        }
    }

    /// <summary>Reads from one partition.</summary>
    /// <returns>What was read, or the default where the partition could not be read.</returns>
    public async Task<T?> TryAsync<T>(Partition partition, Func<ValueTask<T>> read)
    {
        try
        {
            var result = await read().ConfigureAwait(false);
            _hasRead = true;
            return result;
        }
        catch (StoreUnavailableException e)
        {
            lock (_lock)
            {
                _failures.TryAdd(partition.Index, e);
            }

            return default;
        }
    }

    /// <summary>Reads from all partitions at the same time.</summary>
    /// <returns>What was read; a partition that could not be read is left out.</returns>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    public async Task<IReadOnlyList<T>> ReadAllAsync<T>(
        IEnumerable<Partition> partitions, Func<Partition, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        var all = await Task.WhenAll(partitions.Select(partition => TryAsync(partition, () => new ValueTask<T>(read(partition)))))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
        ThrowIfAll();
        return [.. all.OfType<T>()];
    }

    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    public void ThrowIfAll()
    {
        lock (_lock)
        {
            if (!_hasRead && _failures.Count > 0)
            {
                ExceptionDispatchInfo.Throw(_failures.First().Value);
            }
        }
    }

    /// <param name="what">Names the call in the exception.</param>
    /// <exception cref="StoreUnavailableException">No partition could be read.</exception>
    /// <exception cref="IncompleteResultException">Some partitions could not be read.</exception>
    public void ThrowIfAny(string what)
    {
        ThrowIfAll();
        lock (_lock)
        {
            if (_failures.Count > 0)
            {
                var which = _failures.Count == 1 ? "partition" : "partitions";
                throw new IncompleteResultException(
                    $"Could not {what} of {which} {string.Join(", ", _failures.Keys)}; what the others hold was returned. "
                    + $"{Failures.MessageOf(_failures.First().Value)}",
                    [.. _failures.Keys],
                    _failures.Count == 1 ? _failures.First().Value : new AggregateException(_failures.Values));
            }
        }
    }
}
