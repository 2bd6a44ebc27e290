namespace EventTriggers.Redis.Operations;

/// <summary>What became of a change of a stored trigger.</summary>
internal enum TriggerChange
{
    /// <summary>The trigger is now as it was wanted.</summary>
    Done,

    /// <summary>The trigger has ended.</summary>
    Ended,

    /// <summary>There is no trigger with this id.</summary>
    NotFound,

    /// <summary>The trigger waits for events, so it has no due time to move.</summary>
    Untimed,
}
