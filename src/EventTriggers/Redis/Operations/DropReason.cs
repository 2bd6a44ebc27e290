namespace EventTriggers.Redis.Operations;

/// <summary>Why a trigger over time dropped an event, or may decide without one.</summary>
internal enum DropReason
{
    /// <summary>Nothing was dropped.</summary>
    None,

    /// <summary>The event is much older than others with the same value of the trigger's key.</summary>
    Late,

    /// <summary>The trigger's key has too many values.</summary>
    Crowded,

    /// <summary>The oldest events that waited were dropped.</summary>
    Full,

    /// <summary>The event counts, but what came before may have been forgotten.</summary>
    Stale,

    /// <summary>Something else has written into the trigger's hash.</summary>
    Unreadable,
}
