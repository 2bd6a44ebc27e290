using System.Diagnostics;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The span of one of several handlers of a delivery, below the delivery's own.</summary>
internal static class HandlerSpan
{
    private const string Operation = "handle";

    /// <summary>Begins a span. It becomes the current one of the asynchronous method that calls this.</summary>
    /// <returns>The span; <see langword="null"/> if no listener wants it.</returns>
    public static Activity? Begin(string handler, Delivery delivery) => !Spans.AreWanted ? null : Spans.Start(
        $"{Operation} {handler}", ActivityKind.Internal,
        [
            new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, Operation),
            new(TelemetryNames.EventType, delivery.Type), new(TelemetryNames.Group, delivery.Group),
        ]);
}
