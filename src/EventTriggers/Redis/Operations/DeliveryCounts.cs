namespace EventTriggers.Redis.Operations;

/// <summary>How many deliveries of a group have each status, in one partition; and how long the oldest ready one has been ready.</summary>
internal sealed record DeliveryCounts(long Ready, long Delayed, long Leased, long Dead, long Processed, TimeSpan Lag);
