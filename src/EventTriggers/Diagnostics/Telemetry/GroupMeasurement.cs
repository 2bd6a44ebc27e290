namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>What was measured of a group.</summary>
/// <param name="Group">The group.</param>
/// <param name="Ready">How many deliveries are ready.</param>
/// <param name="Delayed">How many wait for their time.</param>
/// <param name="Leased">How many consumers hold.</param>
/// <param name="Dead">How many are dead letters.</param>
/// <param name="Lag">How long the oldest ready delivery has been ready.</param>
internal readonly record struct GroupMeasurement(string Group, long Ready, long Delayed, long Leased, long Dead, TimeSpan Lag)
{
    /// <summary>Adds the measurement of the same group in another partition.</summary>
    public GroupMeasurement Plus(GroupMeasurement other) => new(
        Group, Ready + other.Ready, Delayed + other.Delayed, Leased + other.Leased, Dead + other.Dead, Lag > other.Lag ? Lag : other.Lag);
}
