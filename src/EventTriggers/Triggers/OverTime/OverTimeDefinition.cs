namespace EventTriggers.Triggers.OverTime;

/// <summary>The rule of an event trigger over time, as the fluent API collects it.</summary>
internal sealed record OverTimeDefinition
{
    public OverTimeKind Kind { get; init; }

    public int Count { get; init; }

    public TimeSpan Span { get; init; }

    /// <summary>Gets how long the trigger waits for quiet at most.</summary>
    public TimeSpan LongestWait { get; init; }

    /// <summary>Gets the field by whose values events are told apart; <see langword="null"/> where all events count together.</summary>
    public FieldSelector? Per { get; init; }

    /// <summary>Gets the payload type of the events that follow or answer.</summary>
    public Type? NextPayload { get; init; }

    public string? NextType { get; init; }

    public ConditionSource? NextCondition { get; init; }

    /// <summary>Gets the field of those events that has the value of <see cref="Per"/>, where its name differs.</summary>
    public FieldSelector? NextPer { get; init; }

    public FieldSelector? Distinct { get; init; }

    public TimeSpan DistinctSpan { get; init; }

    public int Throttle { get; init; }

    public TimeSpan ThrottleSpan { get; init; }
}
