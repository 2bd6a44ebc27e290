namespace EventTriggers.Tool.Documents;

/// <summary>A list of events.</summary>
internal sealed class EventsDocument
{
    /// <summary>Gets the group; <see langword="null"/> for events that no group took.</summary>
    public string? Group { get; init; }

    public required IReadOnlyList<EventRecord> Events { get; init; }

    /// <summary>Gets what continues the list; <see langword="null"/> at its end.</summary>
    public string? Cursor { get; init; }

    public required int Examined { get; init; }

    public required bool IsTruncated { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
