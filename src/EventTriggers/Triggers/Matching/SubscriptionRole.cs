namespace EventTriggers.Triggers.Matching;

/// <summary>What events are to whatever subscribes to them.</summary>
internal enum SubscriptionRole
{
    /// <summary>A trigger waits for them.</summary>
    First,

    /// <summary>They follow, or answer, what a trigger waits for.</summary>
    Next,

    /// <summary>They cancel a trigger.</summary>
    Cancel,

    /// <summary>They cancel an event.</summary>
    CancelEvent,
}
