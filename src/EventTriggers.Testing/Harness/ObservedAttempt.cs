namespace EventTriggers.Testing.Harness;

/// <summary>What was seen of one handler for one delivery.</summary>
/// <param name="Bus">The key of the bus; <see langword="null"/> for the default bus.</param>
/// <param name="Context">The event, and its delivery.</param>
/// <param name="Begun">When the handler began, by the clock of the test.</param>
internal sealed record ObservedAttempt(string? Bus, EventContext Context, DateTimeOffset Begun)
{
    /// <summary>Gets when the handler ended; <see langword="null"/> while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Gets the number of handlers that had ended by then.</summary>
    public int EndNumber { get; init; }

    /// <summary>Gets the exception that it threw.</summary>
    public Exception? Thrown { get; init; }

    /// <summary>
    /// Gets the exception that it threw, or with which its services failed to be disposed after it had returned, or what it has put the
    /// delivery off with.
    /// </summary>
    public Exception? Failure => Thrown ?? Context.ScopeFailure ?? (Ended is null ? null : Context.PutOff);

    public bool HasSucceeded => Ended is not null && Failure is null;
}
