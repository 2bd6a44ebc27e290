namespace EventTriggers;

/// <summary>A condition of a trigger on the payload of an event, and what became of it.</summary>
public sealed class ConditionExplanation
{
    /// <summary>Gets what the event is to the trigger.</summary>
    public required ConditionRole Role { get; init; }

    /// <summary>Gets the <see cref="EventPattern"/>; <see langword="null"/> if every event of the type meets the condition.</summary>
    public string? Pattern { get; init; }

    /// <summary>
    /// Gets a value indicating whether the event meets the condition; <see langword="null"/> if comparing them takes too many steps, or if
    /// the payload cannot be read.
    /// </summary>
    public required bool? Holds { get; init; }

    /// <summary>Gets the number of alternatives that the pattern's <c>$or</c> form; 1 without <c>$or</c>, 0 without a pattern.</summary>
    public int Alternatives { get; init; }

    /// <summary>
    /// Gets the fields of the alternative that holds, or else of the one of which most fields do. Empty without a pattern, or if laying it
    /// out takes too many steps.
    /// </summary>
    public IReadOnlyList<FieldExplanation> Fields { get; init; } = [];
}
