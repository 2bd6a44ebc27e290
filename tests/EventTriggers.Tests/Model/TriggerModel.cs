namespace EventTriggers.Tests.Model;

/// <summary>What a trigger is, by the contract, without Redis.</summary>
/// <param name="kind">What it waits for.</param>
/// <param name="due">When it is due.</param>
/// <param name="times">How often it fires at most.</param>
/// <param name="seen">How many events were published before it was added: those it does not see.</param>
internal class TriggerModel(TriggerKind kind, DateTimeOffset? due, int? times, int seen = 0)
{
    public TriggerKind Kind => kind;

    public TriggerStatus Status { get; private set; }

    /// <summary>Gets when it is due; <see langword="null"/> for one that waits for events.</summary>
    public DateTimeOffset? Due { get; protected set; } = due;

    /// <summary>Gets for each firing when it was due, and how many occurrences were missed before it.</summary>
    public List<(DateTimeOffset Due, long Missed)> Firings { get; } = [];

    public int Fired => Firings.Count;

    public bool IsOver => Status is TriggerStatus.Completed or TriggerStatus.Canceled;

    public virtual void Advance(DateTimeOffset now)
    {
        if (Status == TriggerStatus.Active && Due <= now)
        {
            Fire(Due.Value);
        }
    }

    public void Match(DateTimeOffset publishedAt, int number)
    {
        if (kind == TriggerKind.On && Status == TriggerStatus.Active && number >= seen)
        {
            Fire(publishedAt);
        }
    }

    public ChangeOutcome FireNow(DateTimeOffset now)
    {
        if (IsOver)
        {
            return ChangeOutcome.Ended;
        }

        Fire(now);
        return ChangeOutcome.Done;
    }

    public ChangeOutcome Pause() => Become(TriggerStatus.Paused);

    public virtual ChangeOutcome Resume(DateTimeOffset now) => Become(TriggerStatus.Active);

    public virtual ChangeOutcome Reschedule(DateTimeOffset to)
    {
        if (IsOver)
        {
            return ChangeOutcome.Ended;
        }

        Due = to;
        return ChangeOutcome.Done;
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

    protected void Fire(DateTimeOffset due, long missed = 0)
    {
        Firings.Add((due, missed));
        Status = Fired >= (kind == TriggerKind.At ? 1 : times ?? int.MaxValue) ? TriggerStatus.Completed : Status;
    }

    private ChangeOutcome Become(TriggerStatus status)
    {
        Status = IsOver ? Status : status;
        return IsOver ? ChangeOutcome.Ended : ChangeOutcome.Done;
    }
}
