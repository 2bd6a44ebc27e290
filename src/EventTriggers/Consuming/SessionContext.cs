namespace EventTriggers.Consuming;

/// <summary>What the partitions of one consumer share of being woken.</summary>
/// <param name="Consumer">The name under which it is woken; known when a server has said what it is.</param>
/// <param name="Alarm">What wakes loops on time.</param>
/// <param name="StoreReset">What is called when a store has lost its data.</param>
internal sealed record SessionContext(Lazy<string> Consumer, PreciseTimer Alarm, Action StoreReset);
