using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Publishing;

/// <summary>Events of one partition and one caller that wait to be accepted together.</summary>
internal sealed class PendingPublish : ICoalesced
{
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _withdrawal;
    private bool _isTaken;

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

    /// <summary>Gets the local timestamp at which its caller began to wait.</summary>
    public long Since { get; }

    public Task Accepted => _accepted.Task;

    /// <summary>Gets the outcome, once it is known.</summary>
    public PublishedPart Outcome { get; private set; }

    public int Count => Events.Count;

    /// <summary>Gets a value indicating whether some of the events are unique work.</summary>
    public bool IsUnique => Events.Any(static one => one.Options is { Unique: not null });

    public int Size { get; }

    /// <summary>Takes it for sending; <see langword="false"/> if its caller has withdrawn it.</summary>
    public bool TryTake() => !Interlocked.Exchange(ref _isTaken, true);

    public void Complete(PublishedPart outcome)
    {
        Outcome = outcome;
        _withdrawal.Unregister();
        _accepted.TrySetResult();
    }

    public void Fail(Exception exception)
    {
        _withdrawal.Unregister();
        _accepted.TrySetException(exception);
    }

    /// <summary>Ends it because its caller's time is over. If it was sent, it may have been accepted.</summary>
    public void Expire(TimeSpan limit)
    {
        var wasSent = !TryTake();
        Fail(new StoreUnavailableException(
            $"Could not publish: Redis did not confirm it within {limit}; "
            + $"{(wasSent ? "it may have taken effect" : "nothing was changed")}.", wasSent, innerException: null));
    }

    private void Withdraw(CancellationToken token)
    {
        if (TryTake())
        {
            _accepted.TrySetCanceled(token);
        }
    }
}
