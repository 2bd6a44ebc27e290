namespace EventTriggers;

/// <summary>Triggers lead to one another without an end: no attempt changes that.</summary>
internal sealed class LoopException(Delivery delivery, TriggerId trigger) : InvalidOperationException(
    $"A chain of {delivery.Depth} triggers led to event '{delivery.Id}', and trigger '{trigger}' would go on with it; no chain may be longer (MaxDepth). Do triggers wait for what they raise?");
