using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>What a delivery is, by the contract: one event in one group, without Redis.</summary>
internal sealed class DeliveryModel
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(40);
    public const int MaxCrashes = 3;

    public DeliveryStatus Status { get; private set; }

    public int Attempt { get; private set; }

    public int Crashes { get; private set; }

    public long Fence { get; private set; }

    private bool IsCancelAsked { get; set; }

    private DateTimeOffset Until { get; set; }

    private DateTimeOffset Expires { get; set; } = DateTimeOffset.MaxValue;

    public static DeliveryModel Published(DateTimeOffset now, bool delayed, bool expires = false) => new()
    {
        Status = delayed ? DeliveryStatus.Delayed : DeliveryStatus.Ready,
        Until = now + Delay,
        Expires = expires ? now + Expiry : DateTimeOffset.MaxValue,
    };

    /// <summary>A consumer with room for everything claims.</summary>
    public void Claim(DateTimeOffset now)
    {
        if (Status == DeliveryStatus.Delayed && Until <= now)
        {
            Status = DeliveryStatus.Ready;
        }

        if (Status == DeliveryStatus.Ready && Expires <= now)
        {
            Status = DeliveryStatus.Expired;
        }
        else if (Status == DeliveryStatus.Ready)
        {
            (Status, Until, Fence, Attempt) = (DeliveryStatus.Leased, now + Lease, Fence + 1, Attempt + 1);
        }
    }

    public void Settle(long fence, Outcome outcome, DateTimeOffset now)
    {
        if (Status != DeliveryStatus.Leased || Fence != fence)
        {
            return;
        }

        Status = outcome switch
        {
            Outcome.Done => DeliveryStatus.Processed,
            Outcome.Dead => DeliveryStatus.Dead,
            _ when IsCancelAsked => DeliveryStatus.Canceled,
            // That it was cancelled is not believed of whoever settles it.
            Outcome.Release or Outcome.Skip or Outcome.Cancel => DeliveryStatus.Ready,
            _ => DeliveryStatus.Delayed,
        };
        Until = now + Delay;
        Attempt -= Status == DeliveryStatus.Ready ? 1 : 0;
    }

    public void Renew(long fence, DateTimeOffset now)
    {
        if (Status == DeliveryStatus.Leased && Fence == fence)
        {
            Until = now + Lease;
        }
    }

    public void Reap(DateTimeOffset now)
    {
        if (Status == DeliveryStatus.Leased && Until <= now)
        {
            (Fence, Crashes) = (Fence + 1, Crashes + 1);
            Status = IsCancelAsked ? DeliveryStatus.Canceled : Crashes >= MaxCrashes ? DeliveryStatus.Dead : DeliveryStatus.Ready;
        }
    }

    public CancelOutcome Cancel()
    {
        switch (Status)
        {
            case DeliveryStatus.Leased:
                IsCancelAsked = true;
                return CancelOutcome.Signaled;
            case DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Canceled:
                Status = DeliveryStatus.Canceled;
                return CancelOutcome.Canceled;
            default:
                return CancelOutcome.TooLate;
        }
    }

    public RedriveOutcome Redrive()
    {
        if (Status != DeliveryStatus.Dead)
        {
            return RedriveOutcome.NotDead;
        }

        (Status, Attempt, Crashes, IsCancelAsked, Expires) = (DeliveryStatus.Ready, 0, 0, false, DateTimeOffset.MaxValue);
        return RedriveOutcome.Redriven;
    }
}
