namespace EventTriggers.Triggers.Matching;

/// <summary>For what events of a type are watched.</summary>
internal enum SubscriptionRole
{
    /// <summary>They are what a trigger waits for.</summary>
    First,

    /// <summary>They follow, or answer, what a trigger waits for.</summary>
    Next,

    /// <summary>They cancel a trigger.</summary>
    Cancel,

    /// <summary>They cancel an event.</summary>
    CancelEvent,
}
