namespace EventTriggers;

/// <summary>Events of one type that no group has taken.</summary>
public sealed class UnroutedType
{
    /// <summary>Gets the wire name.</summary>
    public required string Type { get; init; }

    /// <summary>
    /// Gets how many events wait for the first group that subscribes. Events that only triggers wanted are among them; those that were cancelled or have expired
    /// are counted until they are passed.
    /// </summary>
    public required long Count { get; init; }

    /// <summary>Gets since when there are such events, by the clock of Redis.</summary>
    public required DateTimeOffset Since { get; init; }
}
