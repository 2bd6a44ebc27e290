namespace EventTriggers.Triggers.OverTime;

/// <summary>What an event trigger asks for over time, as the fluent front collects it.</summary>
internal sealed record OverTimeDefinition
{
    public OverTimeKind Kind { get; init; }

    public int Count { get; init; }

    public TimeSpan Span { get; init; }

    /// <summary>Gets how long it waits for quiet at most.</summary>
    public TimeSpan LongestWait { get; init; }

    /// <summary>Gets the field whose values are told apart; <see langword="null"/> where all events are of one kind.</summary>
    public FieldSelector? Per { get; init; }

    /// <summary>Gets the payload type of the events that follow or answer.</summary>
    public Type? NextPayload { get; init; }

    public string? NextType { get; init; }

    public ConditionSource? NextCondition { get; init; }

    /// <summary>Gets the field of those that has the value of <see cref="Per"/>, where it is another.</summary>
    public FieldSelector? NextPer { get; init; }

    public FieldSelector? Distinct { get; init; }

    public TimeSpan DistinctSpan { get; init; }

    public int Throttle { get; init; }

    public TimeSpan ThrottleSpan { get; init; }
}
