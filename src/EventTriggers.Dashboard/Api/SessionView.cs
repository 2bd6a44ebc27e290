namespace EventTriggers.Dashboard.Api;

/// <summary>Who looks, at what, and what they may do.</summary>
internal sealed class SessionView
{
    public required string User { get; init; }

    public required bool CanChange { get; init; }

    public required bool CanSeePayloads { get; init; }

    public required bool IsReadOnly { get; init; }

    public required string Prefix { get; init; }

    public string? ServiceKey { get; init; }

    public required string Version { get; init; }
}
