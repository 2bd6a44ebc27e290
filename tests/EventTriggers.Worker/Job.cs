namespace EventTriggers.Worker;

/// <summary>What the worker handles.</summary>
[EventType("test.job")]
public sealed record Job(int Number);
