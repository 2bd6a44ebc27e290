namespace EventTriggers.Redis;

/// <summary>What a failed call says about its effect.</summary>
internal enum RedisFailure
{
    /// <summary>The call was not executed, and a repeat may succeed.</summary>
    NotExecuted,

    /// <summary>The call may have been executed, or may be executed later. Repeat it only under the same number.</summary>
    Unknown,

    /// <summary>
    /// The server refuses the call: it is full, cannot persist, or grants no access. Nothing was changed, and the caller is told at once.
    /// </summary>
    Refused,

    /// <summary>A repeat would fail again.</summary>
    Fatal,
}
