namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>
/// Tests that listen, one at a time: sources and meters belong to the process, and while there is a listener, every event carries a
/// context.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryCollection
{
    public const string Name = "telemetry";
}
