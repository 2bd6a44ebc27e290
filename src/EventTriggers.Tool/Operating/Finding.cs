namespace EventTriggers.Tool.Operating;

/// <summary>What was found, and what to do about it.</summary>
internal sealed class Finding
{
    public required Level Level { get; init; }

    public required string Text { get; init; }

    /// <summary>Gets what to do, often a command; <see langword="null"/> where there is nothing to do.</summary>
    public string? Advice { get; init; }
}
