namespace EventTriggers.Dashboard.Api;

/// <summary>Asks for a change of a group.</summary>
internal sealed class GroupChange
{
    public required string Group { get; init; }

    /// <summary>Gets after how many minutes a pause ends by itself; <see langword="null"/> for never.</summary>
    public int? Minutes { get; init; }

    public string? Reason { get; init; }

    /// <summary>
    /// Gets how many deliveries each process is to handle at a time; <see langword="null"/> for as many as it is configured with.
    /// </summary>
    public int? Concurrency { get; init; }
}
