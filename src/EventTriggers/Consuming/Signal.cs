namespace EventTriggers.Consuming;

/// <summary>Wakes one waiting loop. Setting it while nobody waits makes the next wait return at once; setting it twice is once.</summary>
internal sealed class Signal(TimeProvider timeProvider, PreciseTimer alarm)
{
    // The loop goes on right where it is set: it sends a claim and waits again, which is less than waking another thread takes.
    private volatile TaskCompletionSource _set = new();

    public void Set() => _set.TrySetResult();

    /// <summary>Waits until it is set, the limit is over, or the token is cancelled, whichever is first; it does not tell which.</summary>
    public async ValueTask WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var set = _set;
        if (!set.Task.IsCompleted && limit > TimeSpan.Zero)
        {
            if (ReferenceEquals(timeProvider, TimeProvider.System))
            {
                alarm.Set(this, limit);
                await set.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                alarm.Clear(this);
            }
            else
            {
                await set.Task.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // A set that comes between these two lines is not lost: the caller looks at Redis after this returns.
        if (set.Task.IsCompleted)
        {
            _set = new TaskCompletionSource();
        }
    }
}
