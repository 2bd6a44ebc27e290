namespace EventTriggers.Benchmarks;

/// <summary>One measured number.</summary>
/// <param name="Name">The figure that it is one of.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="ServerMicroseconds">The server's CPU time an event meanwhile, where events were counted.</param>
internal sealed record Sample(string Name, double Value, string Unit, double? ServerMicroseconds = null);
