namespace EventTriggers.Redis.Operations;

/// <summary>What became of an event that a trigger matched.</summary>
internal enum MatchOutcome
{
    /// <summary>The trigger fired.</summary>
    Fired,

    /// <summary>The trigger fired for the last time, and has ended.</summary>
    FiredLast,

    /// <summary>A trigger over time has noted the event: it counts, waits, or answers others.</summary>
    Noted,

    /// <summary>The trigger has fired for the event, or noted it, before.</summary>
    Repeated,

    /// <summary>The trigger fires only so often.</summary>
    Throttled,

    /// <summary>The trigger is paused.</summary>
    Paused,

    /// <summary>The event is from before the trigger's start.</summary>
    Early,

    /// <summary>The trigger has ended, or is another one by now.</summary>
    Ended,

    /// <summary>The trigger over time dropped the event: <see cref="MatchReply.Dropped"/> is the reason.</summary>
    Dropped,

    /// <summary>The trigger's hash holds what the library does not write.</summary>
    Unreadable,

    /// <summary>A key that the trigger needs holds a value of another type: it is tried again later.</summary>
    Foreign,

    /// <summary>The script has done enough: it is called again at once.</summary>
    Again,

    /// <summary>The server refused the script because of this trigger, which was reported.</summary>
    Rejected,
}
