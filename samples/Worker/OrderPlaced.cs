using EventTriggers;

namespace Worker;

[EventType("order.placed")]
internal sealed record OrderPlaced(string Origin);
