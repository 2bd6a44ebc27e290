using EventTriggers;

namespace WebApi;

[EventType("order.placed")]
internal sealed record OrderPlaced(int Number, decimal Total);
