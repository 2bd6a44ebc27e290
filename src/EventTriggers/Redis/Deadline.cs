namespace EventTriggers.Redis;

/// <summary>
/// The time that a caller waits for one call of the API, all its steps together, and the token that withdraws the call before anything is
/// sent.
/// </summary>
internal readonly record struct Deadline(TimeProvider Time, long Since, TimeSpan Limit, CancellationToken Token)
{
    /// <summary>Gets the time that is left; never negative.</summary>
    public TimeSpan Left =>
        Limit == TimeSpan.MaxValue ? Limit : TimeSpan.FromTicks(Math.Max(0, (Limit - Time.GetElapsedTime(Since)).Ticks));

    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>Gets the same time without a token, for steps that follow a change and must not be withdrawn.</summary>
    public Deadline AfterChange => this with { Token = CancellationToken.None };
}
