namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>A running consumer session, as the instruments see it that are read when metrics are collected.</summary>
internal interface IObservedSession
{
    /// <summary>Gets each group with its busy workers and the most that it may have.</summary>
    IEnumerable<(string Group, int Busy, int Limit)> Workers { get; }

    /// <summary>Gets what was measured in Redis last. It does not wait for Redis, and has it measured again.</summary>
    BusMeasurement Measure();
}
