using EventTriggers;

namespace DashboardSample;

[EventType("reminder")]
internal sealed record Reminder(int Number, string Text);
