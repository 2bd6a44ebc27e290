namespace EventTriggers.Dashboard.Overview;

/// <summary>Something that is wrong now.</summary>
internal sealed class Finding
{
    public required FindingSeverity Severity { get; init; }

    public required string Text { get; init; }

    /// <summary>Gets what to do about it.</summary>
    public required string Advice { get; init; }

    /// <summary>Gets the page that shows it, as the pages address it.</summary>
    public required string Link { get; init; }
}
