using System.Diagnostics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Records how long calls of Redis on behalf of events take.</summary>
internal static class OperationMetrics
{
    /// <summary>Gets the moment at which a call begins, for <see cref="Record"/>; 0 while nothing is recorded.</summary>
    public static long Begin() => Instruments.OperationDuration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records a call.</summary>
    /// <param name="operation">The call's name.</param>
    /// <param name="operationType">Its type by the conventions; <see langword="null"/> if they have none.</param>
    /// <param name="since">When it began, by <see cref="Begin"/>.</param>
    /// <param name="type">The wire name of its events; <see langword="null"/> if they have several.</param>
    /// <param name="failure">Why it failed; <see langword="null"/> if it did not.</param>
    public static void Record(string operation, string? operationType, long since, string? type = null, Exception? failure = null)
    {
        if (since == 0 || !Instruments.OperationDuration.Enabled)
        {
            return;
        }

        TagList tags = [new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, operation)];
        Add(ref tags, TelemetryNames.OperationType, operationType);
        Add(ref tags, TelemetryNames.EventType, type);
        Add(ref tags, TelemetryNames.ErrorType, failure is null ? null : ErrorType.Of(failure));
        Instruments.OperationDuration.Record(Stopwatch.GetElapsedTime(since), tags);
    }

    private static void Add(ref TagList tags, string name, string? value)
    {
        if (value is not null)
        {
            tags.Add(name, value);
        }
    }
}
