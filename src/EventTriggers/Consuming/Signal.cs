namespace EventTriggers.Consuming;

/// <summary>
/// Wakes one waiting loop. Setting it while the loop does not wait makes the next wait return at once; setting it twice has the effect of
/// setting it once.
/// </summary>
internal sealed class Signal(TimeProvider timeProvider, PreciseTimer timer)
{
    // The loop continues on the thread that sets it: sending a claim and waiting again takes less time than waking another thread.
    private volatile TaskCompletionSource _set = new();

    public void Set() => _set.TrySetResult();

    /// <summary>Waits until it is set, the limit is over, or the token is canceled, whichever comes first.</summary>
    public async ValueTask WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var set = _set;
        if (!set.Task.IsCompleted && limit > TimeSpan.Zero)
        {
            if (ReferenceEquals(timeProvider, TimeProvider.System))
            {
                timer.Set(this, limit);
                await set.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                timer.Clear(this);
            }
            else
            {
                await set.Task.WaitAsync(limit, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        // A signal that is set between these two lines is not lost: the caller asks Redis after this returns.
        if (set.Task.IsCompleted)
        {
            _set = new TaskCompletionSource();
        }
    }
}
