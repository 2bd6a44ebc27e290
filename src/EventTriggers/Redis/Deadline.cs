namespace EventTriggers.Redis;

/// <summary>How long a caller waits for one call of the API, all its steps together, and what withdraws the call before anything was sent.</summary>
internal readonly record struct Deadline(TimeProvider Time, long Since, TimeSpan Limit, CancellationToken Token)
{
    /// <summary>Gets how much of it is left; not negative.</summary>
    public TimeSpan Left => Limit == TimeSpan.MaxValue ? Limit : TimeSpan.FromTicks(Math.Max(0, (Limit - Time.GetElapsedTime(Since)).Ticks));

    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>Gets the same time for what follows a change: it is done to its end, and no token withdraws it.</summary>
    public Deadline AfterChange => this with { Token = CancellationToken.None };
}
