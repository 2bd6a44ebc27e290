namespace EventTriggers.Dashboard.Api;

/// <summary>What a change did.</summary>
internal sealed class ChangeView
{
    public required string Outcome { get; init; }

    /// <summary>Gets the outcome in words.</summary>
    public required string Message { get; init; }

    /// <summary>Gets a value indicating whether anything was changed.</summary>
    public required bool IsDone { get; init; }
}
