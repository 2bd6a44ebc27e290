using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>How much one call reads for a page.</summary>
/// <param name="Limit">The most records.</param>
internal readonly record struct PageSize(int Limit)
{
    /// <summary>The most records that a page may have.</summary>
    public const int MostRecords = 200;

    /// <summary>The most entries of indexes that a call looks at: about a millisecond of the server.</summary>
    public const int MostEntries = 200;

    public void Write(ScriptCall call) => call.Add(Limit).Add(MostEntries).Add((RedisValue)BatchLimits.Bytes);
}
