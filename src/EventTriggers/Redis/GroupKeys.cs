using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>The lists and sorted sets of one group in one partition.</summary>
internal sealed record GroupKeys(
    RedisKey Ready, RedisKey Delayed, RedisKey Leased, RedisKey Done, RedisKey Dead, RedisKey Ended, RedisKey Quarantine, RedisKey Waiting,
    RedisKey Parked, RedisKey Active, RedisKey Backlogs, RedisKey Held, RedisKey ReadyHigh, RedisKey ReadyLow);
