namespace EventTriggers.Triggers.Matching;

/// <summary>Why an event cannot be matched with triggers: no attempt changes that.</summary>
internal sealed class UnmatchableException(string message) : InvalidOperationException(message);
