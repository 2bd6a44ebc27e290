namespace EventTriggers.Redis;

/// <summary>What a failed call tells about its effect.</summary>
internal enum RedisFailure
{
    /// <summary>It was not executed, and a repeat may succeed.</summary>
    NotExecuted,

    /// <summary>It may have been executed, or will be later: repeat it only with the same operation id.</summary>
    Unknown,

    /// <summary>The server refuses it: it is full, cannot persist, or grants no access. Nothing was changed, and the caller should know now.</summary>
    Refused,

    /// <summary>A repeat would fail again.</summary>
    Fatal,
}
