namespace EventTriggers.Redis.Operations;

/// <summary>What became of a trigger that was to be stored.</summary>
internal enum AddOutcome
{
    /// <summary>It is stored as it was given, whether or not one was there before.</summary>
    Stored,

    /// <summary>The trigger that was there stays.</summary>
    Kept,

    /// <summary>Another trigger has the id.</summary>
    Conflict,

    /// <summary>The trigger that was to be updated has ended.</summary>
    Ended,

    /// <summary>There is no trigger to update.</summary>
    NotFound,

    /// <summary>Its due time is not the next occurrence by the clock of Redis. Nothing was changed.</summary>
    ClockIsOff,

    /// <summary>It ends before it could fire. Nothing was changed.</summary>
    IsOver,
}
