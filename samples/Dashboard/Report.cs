using EventTriggers;

namespace DashboardSample;

[EventType("report")]
internal sealed record Report(string Over);
