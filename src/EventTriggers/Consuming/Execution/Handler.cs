namespace EventTriggers.Consuming.Execution;

/// <summary>One handler, ready to run: its stable name, and the middleware around it.</summary>
internal sealed record Handler(string Name, HandlerRegistration Registration, HandlerDelegate Pipeline);
