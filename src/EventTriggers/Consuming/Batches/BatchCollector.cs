using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>
/// Gathers deliveries for one batch handler until there are enough, or the first has waited long enough: then the batch goes to a worker.
/// What it gathers takes none.
/// </summary>
internal sealed class BatchCollector
{
    /// <summary>When payloads together are as large as this, the batch begins.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>From the next attempt on a delivery is alone: what fails a batch as a whole may be in each of its deliveries.</summary>
    public const int AttemptsTogether = 3;

    /// <summary>What has crashed more consumers is quarantined.</summary>
    public const int CrashesTogether = 1;

    // There may be very many keys. When as many deliveries are gathered as this number of the largest batches has, the oldest one begins.
    private const int BatchesByKey = 10;

    // Timers count whole milliseconds.
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly DeliveryQueue _queue;
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private readonly bool _isInOrder;

    // The oldest one first, which is also due first.
    private readonly LinkedList<Gathering> _gatherings = new();
    private readonly Dictionary<string, Gathering> _byKey = new(StringComparer.Ordinal);
    private int _count;
    private bool _isClosed;

    /// <param name="handler">The handler.</param>
    /// <param name="queue">Passes batches to workers.</param>
    /// <param name="timeProvider">The clock by which batches wait.</param>
    /// <param name="isInOrder">Whether the group handles the deliveries of a key in their order.</param>
    public BatchCollector(BatchHandler handler, DeliveryQueue queue, TimeProvider timeProvider, bool isInOrder)
    {
        (Handler, _queue, _timeProvider) = (handler, queue, timeProvider);
        _isInOrder = isInOrder && Limits.ByKey;
        _timer = timeProvider.CreateTimer(
            static self => ((BatchCollector)self!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets the most deliveries that one of a handler gathers.</summary>
    public static int MostGathered(BatchOptions limits) => limits.ByKey ? BatchesByKey * limits.MaxSize : limits.MaxSize;

    public BatchHandler Handler { get; }

    private BatchOptions Limits => Handler.Registration.Limits;

    /// <summary>Gets when the next batch that waits begins at the latest; <see langword="null"/> if none does.</summary>
    public DateTimeOffset? DueAt
    {
        get
        {
            lock (_lock)
            {
                return _gatherings.First?.Value.DueAt;
            }
        }
    }

    /// <summary>Gets what it has gathered of batches that have not begun.</summary>
    public IReadOnlyList<Lease> Gathered
    {
        get
        {
            lock (_lock)
            {
                return [.. _gatherings.SelectMany(static one => one.Leases)];
            }
        }
    }

    /// <summary>Tells what it gathers.</summary>
    /// <param name="types">The wire names of the events.</param>
    public ConsumerBatches Describe(IReadOnlyList<string> types)
    {
        lock (_lock)
        {
            return new ConsumerBatches
            {
                EventTypes = types, MaxSize = Limits.MaxSize, MaxWait = Limits.MaxWait, ByKey = Limits.ByKey, Gathered = _count,
            };
        }
    }

    /// <summary>Takes a delivery of its type.</summary>
    /// <returns><see langword="false"/> once it is closed.</returns>
    public bool TryAdd(Lease lease)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _queue.Gather();
            if (IsAlone(lease))
            {
                _queue.Begin(new LeaseBatch(Handler, [lease]), gathered: 1);
            }
            else if (_isInOrder && lease.Delivery.Key is not null)
            {
                _queue.Begin(new LeaseBatch(Handler, [lease]) { IsInOrder = true, WaitsIn = this }, gathered: 1);
            }
            else
            {
                Add(lease, Limits.ByKey ? lease.Delivery.Key ?? string.Empty : string.Empty);
            }

            if (_queue.Concurrency == 0)
            {
                BeginAll();
            }
        }

        // Outside the lock: it wakes loops, which go on right here.
        _queue.WakeIfRoom();
        return true;
    }

    /// <summary>Lets a batch that has come to a worker wait for further deliveries.</summary>
    /// <returns><see langword="false"/> for one that is to begin.</returns>
    public bool TryWait(LeaseBatch batch)
    {
        lock (_lock)
        {
            var gathering = new Gathering(batch, key: null);
            if (_isClosed || batch.IsFull || _queue.Concurrency == 0 || !TrySchedule(gathering))
            {
                return false;
            }

            _count += batch.Leases.Count;
            BeginOldest();
            return true;
        }
    }

    /// <summary>Lets what is gathered begin.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            BeginAll();
        }
    }

    /// <summary>Lets what is gathered begin, and gathers nothing further.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            BeginAll();
            _timer.Dispose();
        }

        _queue.WakeIfRoom();
    }

    private static bool IsAlone(Lease lease) =>
        lease.IsQuarantined || lease.Delivery.Attempt > AttemptsTogether || lease.Delivery.Crashes > CrashesTogether;

    private void Add(Lease lease, string key)
    {
        if (!_byKey.TryGetValue(key, out var gathering))
        {
            gathering = new Gathering(new LeaseBatch(Handler, []), key);
            if (!TrySchedule(gathering))
            {
                _queue.Begin(new LeaseBatch(Handler, [lease]), gathered: 1);
                return;
            }

            _byKey[key] = gathering;
        }

        gathering.Add(lease);
        _count++;
        if (gathering.Leases.Count >= Limits.MaxSize || gathering.Bytes >= MaxBytes)
        {
            Begin(gathering);
        }

        BeginOldest();
    }

    private void BeginAll()
    {
        while (_gatherings.First is { } first)
        {
            Take(first.Value);
        }
    }

    private void BeginOldest()
    {
        while (_count >= MostGathered(Limits))
        {
            Begin(_gatherings.First!.Value);
        }
    }

    private bool TrySchedule(Gathering gathering)
    {
        try
        {
            gathering.DueAt = _timeProvider.GetUtcNow() + Limits.MaxWait;
            if (_gatherings.Count == 0 && !_timer.Change(Limits.MaxWait, Timeout.InfiniteTimeSpan))
            {
                return false;
            }
        }
        catch (Exception)
        {
            // The clock is the host's. A batch that cannot wait begins at once.
            return false;
        }

        _gatherings.AddLast(gathering);
        return true;
    }

    private void OnDue()
    {
        lock (_lock)
        {
            BeginDue();
        }

        _queue.WakeIfRoom();
    }

    // The timer may find other batches than the one that it was started for.
    private void BeginDue()
    {
        while (_gatherings.First is { } first && !TryWaitFor(first.Value.DueAt))
        {
            Take(first.Value);
        }
    }

    private bool TryWaitFor(DateTimeOffset moment)
    {
        try
        {
            var left = moment - _timeProvider.GetUtcNow();
            return left > TimeSpan.Zero && _timer.Change(left > LeastWait ? left : LeastWait, Timeout.InfiniteTimeSpan);
        }
        catch (Exception)
        {
            // As above.
            return false;
        }
    }

    private void Begin(Gathering gathering)
    {
        Take(gathering);
        BeginDue();
    }

    private void Take(Gathering gathering)
    {
        _gatherings.Remove(gathering);
        if (gathering.Key is { } key)
        {
            _byKey.Remove(key);
        }

        _count -= gathering.Leases.Count;
        _queue.Begin(gathering.Batch, gathering.Key is null ? 0 : gathering.Leases.Count);
    }
}
