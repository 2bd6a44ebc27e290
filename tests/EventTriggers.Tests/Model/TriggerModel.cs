namespace EventTriggers.Tests.Model;

/// <summary>What a trigger is, by the contract, without Redis.</summary>
internal sealed class TriggerModel(TriggerKind kind, DateTimeOffset? due, int? times, DateTimeOffset since)
{
    private DateTimeOffset? _due = due;

    public TriggerStatus Status { get; private set; }

    public int Fired { get; private set; }

    private bool IsOver => Status is TriggerStatus.Completed or TriggerStatus.Canceled;

    public void Advance(DateTimeOffset now)
    {
        if (Status == TriggerStatus.Active && _due <= now)
        {
            Fire();
        }
    }

    public void Match(DateTimeOffset publishedAt)
    {
        if (kind == TriggerKind.On && Status == TriggerStatus.Active && publishedAt >= since)
        {
            Fire();
        }
    }

    public bool FireNow()
    {
        if (IsOver)
        {
            return false;
        }

        Fire();
        return true;
    }

    public bool Pause() => Become(TriggerStatus.Paused);

    public bool Resume() => Become(TriggerStatus.Active);

    public bool Reschedule(DateTimeOffset to)
    {
        if (IsOver)
        {
            return false;
        }

        _due = to;
        return true;
    }

    public CancelOutcome Cancel()
    {
        if (Status == TriggerStatus.Completed)
        {
            return CancelOutcome.TooLate;
        }

        Status = TriggerStatus.Canceled;
        return CancelOutcome.Canceled;
    }

    private bool Become(TriggerStatus status)
    {
        Status = IsOver ? Status : status;
        return !IsOver;
    }

    private void Fire()
    {
        Fired++;
        Status = Fired >= (kind == TriggerKind.At ? 1 : times ?? int.MaxValue) ? TriggerStatus.Completed : Status;
    }
}
