using EventTriggers;

namespace Orders;

[EventType("order.placed")]
internal sealed record OrderPlaced(int Number, decimal Total);
