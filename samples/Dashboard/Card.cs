namespace DashboardSample;

internal sealed record Card(string Number, string Holder);
