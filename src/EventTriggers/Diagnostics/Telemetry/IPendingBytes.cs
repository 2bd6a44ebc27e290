namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Knows how much is published and not confirmed yet.</summary>
internal interface IPendingBytes
{
    /// <summary>Gets the approximate number of bytes.</summary>
    long Waiting { get; }
}
