using EventTriggers;

namespace DashboardSample;

[EventType("order.placed")]
internal sealed record OrderPlaced(int Number, decimal Total, string Country, Card Card, IReadOnlyList<string> Items);
