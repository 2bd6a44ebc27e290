namespace EventTriggers.Redis.Operations;

/// <summary>
/// How many deliveries of a group have each status, in one partition; how long the oldest ready one has been ready; how many of the ready
/// ones wait for others of their key, and how many keys wait behind a dead letter.
/// </summary>
internal sealed record DeliveryCounts(
    long Ready, long Delayed, long Leased, long Dead, long Processed, TimeSpan Lag, long Waiting, long HeldKeys);
