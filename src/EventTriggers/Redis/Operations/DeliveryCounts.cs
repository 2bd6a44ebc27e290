namespace EventTriggers.Redis.Operations;

/// <summary>How many deliveries of a group have each status, in one partition.</summary>
internal sealed record DeliveryCounts(long Ready, long Delayed, long Leased, long Dead, long Processed);
