namespace EventTriggers.Triggers.OverTime;

/// <summary>What a trigger over time waits for.</summary>
internal enum OverTimeKind
{
    /// <summary>Each event; how often it fires is limited otherwise.</summary>
    Each,

    /// <summary>So many events within a span.</summary>
    Count,

    /// <summary>An event, and another within a span after it.</summary>
    Then,

    /// <summary>An event, and no other within a span after it.</summary>
    Without,

    /// <summary>An event after which nothing comes for a span.</summary>
    Debounce,
}
