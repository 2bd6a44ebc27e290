namespace EventTriggers;

/// <summary>Events of one type that no group has taken.</summary>
public sealed class UnroutedType
{
    /// <summary>Gets the wire name.</summary>
    public required string Type { get; init; }

    /// <summary>
    /// Gets the number of events that wait for the first group that subscribes. It includes events that only triggers have taken, and
    /// canceled or expired events until they are skipped.
    /// </summary>
    public required long Count { get; init; }

    /// <summary>Gets the moment since which there are such events, by the clock of Redis.</summary>
    public required DateTimeOffset Since { get; init; }
}
