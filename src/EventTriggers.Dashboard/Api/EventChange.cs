namespace EventTriggers.Dashboard.Api;

/// <summary>Asks for a change of an event.</summary>
internal sealed class EventChange
{
    public required string Id { get; init; }

    /// <summary>Gets the group; <see langword="null"/> for all.</summary>
    public string? Group { get; init; }
}
