namespace EventTriggers.Consuming.Execution;

/// <summary>An event's hash holds values that were not written by EventTriggers: no attempt can read it.</summary>
internal sealed class UnreadableHashException(string trouble) : Exception($"The event's hash cannot be read. {trouble}");
