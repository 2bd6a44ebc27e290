using EventTriggers;

namespace WebApi;

[EventType("order.reminder")]
internal sealed record Reminder(int Number);
