namespace EventTriggers.Dashboard.Types;

/// <summary>A type of events, in the list of types.</summary>
internal sealed class TypeRow
{
    public required string Name { get; init; }

    /// <summary>Gets the groups that have subscribed to it.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Gets the number of consumers that claim for one of those groups.</summary>
    public required int Consumers { get; init; }

    /// <summary>Gets the number of its events that no group has taken.</summary>
    public required long Unrouted { get; init; }

    public DateTimeOffset? UnroutedSince { get; init; }
}
