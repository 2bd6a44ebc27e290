namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Gives back what was claimed beyond the workers of a group when its handlers turn slow: other consumers may begin it at once. No attempt
/// is spent.
/// </summary>
/// <param name="queue">The queue of the group.</param>
/// <param name="workers">Its workers.</param>
/// <param name="timeProvider">The clock by which it looks.</param>
internal sealed class PrefetchWatch(DeliveryQueue queue, WorkerPool workers, TimeProvider timeProvider)
{
    /// <summary>How long after a claim it looks whether workers go on, and then again and again; longer where claims take longer.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // What waits is left alone as long as it would begin within so many intervals more.
    private const int Patience = 2;

    private ITimer? _timer;
    private int _isSet;
    private int _finishedBefore;
    private long _claimTicks;

    /// <summary>Notes that deliveries were claimed.</summary>
    /// <param name="took">How long the claim took.</param>
    public void Claimed(TimeSpan took)
    {
        Volatile.Write(ref _claimTicks, took.Ticks);
        Watch();
    }

    /// <summary>Begins to look, where deliveries wait for a worker.</summary>
    public void Watch()
    {
        if (workers.Waiting > 0 && Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            Set();
        }
    }

    private void Set()
    {
        _finishedBefore = queue.Finished;
        try
        {
            _timer ??= timeProvider.CreateTimer(
                static self => ((PrefetchWatch)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(TimeSpan.FromTicks(Math.Max(Interval.Ticks, Volatile.Read(ref _claimTicks))), Timeout.InfiniteTimeSpan);
        }
        catch (Exception)
        {
            // The clock is the host's. What waits then waits for a worker.
            Volatile.Write(ref _isSet, 0);
        }
    }

    private void Look()
    {
        var waiting = workers.Waiting;
        if (waiting == 0)
        {
            // In this order: whoever claims from here on sets the timer, and what was claimed meanwhile is seen.
            Interlocked.Exchange(ref _isSet, 0);
            Watch();
        }
        else if (workers.Active < queue.Concurrency || (queue.Finished - _finishedBefore) * Patience >= waiting)
        {
            // Not all workers have got a thread yet, and those will begin what waits; or it will begin soon.
            Set();
        }
        else
        {
            queue.SuspendPrefetch();
            queue.GiveBackWaiting();
            Interlocked.Exchange(ref _isSet, 0);
            Watch();
        }
    }
}
