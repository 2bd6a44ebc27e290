namespace EventTriggers.Dashboard.Api;

/// <summary>An event that a trigger matched.</summary>
internal sealed class SourceView
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }
}
