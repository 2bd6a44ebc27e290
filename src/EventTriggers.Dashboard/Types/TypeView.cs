using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Types;

/// <summary>A type of events: who handles it, which triggers watch it, and where its last events came from.</summary>
internal sealed class TypeView
{
    public required TypeRow Type { get; init; }

    /// <summary>Gets triggers that watch it.</summary>
    public required IReadOnlyList<TriggerRow> WatchedBy { get; init; }

    /// <summary>Gets a value indicating whether not all triggers were looked at.</summary>
    public required bool HasMore { get; init; }

    /// <summary>Gets its last deliveries to one group, or its events that no group has taken.</summary>
    public required IReadOnlyList<DeliveryRow> Recent { get; init; }

    /// <summary>Gets the group of <see cref="Recent"/>; <see langword="null"/> for events that no group has taken.</summary>
    public string? RecentGroup { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }
}
