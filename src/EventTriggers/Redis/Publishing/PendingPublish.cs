using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Publishing;

/// <summary>
/// Events of one partition and one caller that wait to be accepted together. Whatever ends it gives back what it took of the budget, and
/// the caller goes on after that.
/// </summary>
/// <param name="budget">Bounds what may be pending.</param>
/// <param name="partition">The partition.</param>
/// <param name="since">The local timestamp at which the caller began to wait.</param>
/// <param name="count">The number of events.</param>
/// <param name="size">The approximate number of bytes that they add to a call.</param>
internal abstract class PendingPublish(PublishBudget budget, Partition partition, long since, int count, int size) : ICoalesced
{
    // The memory of an event that is pending, besides what it adds to a call.
    private const int Overhead = 600;

    private CancellationTokenRegistration _withdrawal;
    private bool _isTaken;
    private bool _isOver;

    /// <summary>Gets the local timestamp at which its caller began to wait.</summary>
    public long Since => since;

    public int Count => count;

    public int Size => size;

    /// <summary>Gets a value indicating whether its caller waits no longer.</summary>
    public bool IsOver => Volatile.Read(ref _isOver);

    /// <summary>Gets a value indicating whether some of the events are unique work.</summary>
    public abstract bool IsUnique { get; }

    private int Bytes => size + (count * Overhead);

    /// <summary>Adds the events to a call, in their order.</summary>
    public abstract void AddTo(List<OutgoingEvent> call);

    /// <summary>Takes room in the budget. This comes before anything else.</summary>
    /// <returns><see langword="false"/> if there is no room.</returns>
    public bool TryTakeRoom() => budget.TryTake(partition, Bytes);

    /// <summary>Lets a token withdraw it until it is taken for sending.</summary>
    public void WithdrawOn(CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            _withdrawal = token.UnsafeRegister(static (self, token) => ((PendingPublish)self!).Withdraw(token), this);
        }
    }

    /// <summary>Takes it for sending; <see langword="false"/> if its caller has withdrawn it.</summary>
    public bool TryTake() => !Interlocked.Exchange(ref _isTaken, true);

    public void Complete(PublishedPart outcome)
    {
        if (TryEnd())
        {
            SetOutcome(outcome);
        }
    }

    public void Fail(Exception exception)
    {
        if (TryEnd())
        {
            SetFailure(exception);
        }
    }

    /// <summary>Ends it because its caller's time is over. If it was sent, it may have been accepted.</summary>
    public void Expire(TimeSpan limit)
    {
        var wasSent = !TryTake();
        Fail(new StoreUnavailableException(
            $"Could not publish: Redis did not confirm it within {limit}; "
            + $"{(wasSent ? "it may have taken effect" : "nothing was changed")}.", wasSent, innerException: null));
    }

    protected abstract void SetOutcome(PublishedPart outcome);

    protected abstract void SetFailure(Exception exception);

    protected abstract void SetWithdrawn(CancellationToken token);

    private void Withdraw(CancellationToken token)
    {
        if (TryTake() && TryEnd())
        {
            SetWithdrawn(token);
        }
    }

    // Its reply, its time and its token may come at once: one of them ends it.
    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref _isOver, true))
        {
            return false;
        }

        _withdrawal.Unregister();
        budget.Return(partition, Bytes);
        return true;
    }
}
