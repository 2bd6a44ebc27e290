namespace EventTriggers.Triggers.Matching;

/// <summary>An event cannot be matched with triggers, and no further attempt changes that.</summary>
internal sealed class UnmatchableException(string message) : InvalidOperationException(message);
