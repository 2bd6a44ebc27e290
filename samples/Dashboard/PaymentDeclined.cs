using EventTriggers;

namespace DashboardSample;

[EventType("payment.declined")]
internal sealed record PaymentDeclined(int Number, string Reason);
