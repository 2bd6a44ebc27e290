namespace EventTriggers.Consuming.Execution;

/// <summary>Something else has written into an event's hash: no attempt can read it.</summary>
internal sealed class UnreadableHashException(string trouble) : Exception($"The event's hash cannot be read. {trouble}");
