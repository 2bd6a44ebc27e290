namespace EventTriggers;

/// <summary>Events of one partition and one caller that wait to be accepted together.</summary>
internal sealed class PendingPublish : ICoalesced
{
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _withdrawal;
    private int _taken;

    public PendingPublish(ArraySegment<OutgoingEvent> events, long since, CancellationToken cancellationToken)
    {
        Since = since;
        Events = events;
        Size = events.Sum(static e => e.Size);
        if (cancellationToken.CanBeCanceled)
        {
            _withdrawal = cancellationToken.UnsafeRegister(
                static (self, token) => ((PendingPublish)self!).Withdraw(token), this);
        }
    }

    public ArraySegment<OutgoingEvent> Events { get; }

    /// <summary>Gets the local timestamp since which its caller waits.</summary>
    public long Since { get; }

    public Task Accepted => _accepted.Task;

    public int Count => Events.Count;

    public int Size { get; }

    /// <summary>Takes it for sending; <see langword="false"/> when its caller has withdrawn it.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;

    public void Complete()
    {
        _withdrawal.Unregister();
        _accepted.TrySetResult();
    }

    public void Fail(Exception exception)
    {
        _withdrawal.Unregister();
        _accepted.TrySetException(exception);
    }

    private void Withdraw(CancellationToken token)
    {
        if (TryTake())
        {
            _accepted.TrySetCanceled(token);
        }
    }
}
