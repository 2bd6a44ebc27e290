namespace EventTriggers.Dashboard.Api;

/// <summary>A condition of a trigger, and what became of it.</summary>
internal sealed class ConditionView
{
    public required ConditionRole Role { get; init; }

    /// <summary>Gets whether it is met; <see langword="null"/> if that is not known.</summary>
    public bool? Holds { get; init; }

    public required IReadOnlyList<FieldView> Fields { get; init; }
}
