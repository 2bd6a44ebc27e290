namespace EventTriggers;

/// <summary>Wakes one waiting loop. Setting it while nobody waits makes the next wait return at once; setting it twice is once.</summary>
internal sealed class Signal(TimeProvider timeProvider)
{
    private volatile TaskCompletionSource _set = Create();

    public void Set() => _set.TrySetResult();

    /// <summary>Waits until it is set, the limit is over, or the token is cancelled, whichever is first; it does not tell which.</summary>
    public async ValueTask WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var set = _set;
        if (!set.Task.IsCompleted && limit > TimeSpan.Zero)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(set.Task, Task.Delay(limit, timeProvider, timer.Token)).ConfigureAwait(false);
            await timer.CancelAsync().ConfigureAwait(false);
        }

        // A set that comes between these two lines is not lost: the caller looks at Redis after this returns.
        if (set.Task.IsCompleted)
        {
            _set = Create();
        }
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
