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

    // From the next attempt on it is alone: what fails a batch as a whole may be in each of its deliveries.
    private const int AttemptsTogether = 3;

    // What has crashed as many consumers is quarantined.
    private const int CrashesTogether = 1;

    private readonly Lock _lock = new();
    private readonly BatchHandler _handler;
    private readonly DeliveryQueue _queue;
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private List<Lease> _gathered = [];
    private long _bytes;
    private DateTimeOffset? _dueAt;
    private bool _isClosed;

    public BatchCollector(BatchHandler handler, DeliveryQueue queue, TimeProvider timeProvider)
    {
        (_handler, _queue, _timeProvider) = (handler, queue, timeProvider);
        _timer = timeProvider.CreateTimer(
            static self => ((BatchCollector)self!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private BatchOptions Limits => _handler.Registration.Limits;

    /// <summary>Gets when the batch that is being gathered begins at the latest; <see langword="null"/> if none is.</summary>
    public DateTimeOffset? DueAt
    {
        get
        {
            lock (_lock)
            {
                return _dueAt;
            }
        }
    }

    /// <summary>Gets what it has gathered of a batch that has not begun.</summary>
    public IReadOnlyList<Lease> Gathered
    {
        get
        {
            lock (_lock)
            {
                return [.. _gathered];
            }
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
                _queue.Begin(new LeaseBatch(_handler, [lease]));
            }
            else
            {
                Add(lease);
            }
        }

        // Outside the lock: it wakes loops, which go on right here.
        _queue.WakeIfRoom();
        return true;
    }

    /// <summary>Lets the batch that is being gathered begin, and gathers no further one.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Begin();
            _timer.Dispose();
        }

        _queue.WakeIfRoom();
    }

    private static bool IsAlone(Lease lease) =>
        lease.IsQuarantined || lease.Delivery.Attempt > AttemptsTogether || lease.Delivery.Crashes > CrashesTogether;

    private void Add(Lease lease)
    {
        _gathered.Add(lease);
        _bytes += lease.Delivery.Json.Length;
        if (_gathered.Count >= Limits.MaxSize || _bytes >= MaxBytes || (_gathered.Count == 1 && !TryWait()))
        {
            Begin();
        }
    }

    private bool TryWait()
    {
        try
        {
            _dueAt = _timeProvider.GetUtcNow() + Limits.MaxWait;
            return _timer.Change(Limits.MaxWait, Timeout.InfiniteTimeSpan);
        }
        catch (Exception)
        {
            // The clock is the host's. A batch that cannot wait begins at once.
            return false;
        }
    }

    // A timer that is late may find the batch after the one that it was started for: that one begins a little earlier than it must.
    private void OnDue()
    {
        lock (_lock)
        {
            Begin();
        }

        _queue.WakeIfRoom();
    }

    private void Begin()
    {
        if (_gathered.Count > 0)
        {
            _queue.Begin(new LeaseBatch(_handler, _gathered));
            (_gathered, _bytes, _dueAt) = ([], 0, null);
        }
    }
}
