namespace EventTriggers.Tests;

[EventType("order.placed")]
public sealed record OrderPlaced(int Number, string Country = "DE");

[EventType("order.reminder")]
public sealed record Reminder(int Number);
