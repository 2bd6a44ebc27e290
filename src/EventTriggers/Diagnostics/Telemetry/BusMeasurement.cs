namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>What was measured of a bus.</summary>
/// <param name="Groups">The groups, over all partitions that answered.</param>
/// <param name="AreUp">Whether each partition answered.</param>
internal sealed record BusMeasurement(IReadOnlyList<GroupMeasurement> Groups, IReadOnlyList<bool> AreUp)
{
    /// <summary>Gets what is known before anything was measured.</summary>
    public static BusMeasurement None { get; } = new([], []);
}
