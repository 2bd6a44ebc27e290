using System.Diagnostics;
using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The handling of one delivery, from its begin to its outcome, as spans and metrics show it.</summary>
internal sealed class DeliveryTelemetry
{
    private const string Operation = "process";

    private static readonly SpanName Names = new(Operation);

    private readonly Delivery _delivery;
    private readonly long _since;
    private readonly Activity? _span;

    private DeliveryTelemetry(Delivery delivery, Activity? span) =>
        (_delivery, _span, _since) = (delivery, span, Stopwatch.GetTimestamp());

    /// <summary>Gets a value indicating whether anything is to be written down of a delivery.</summary>
    public static bool IsWatched =>
        Spans.AreWanted || Instruments.ProcessDuration.Enabled || Instruments.DeliveryWait.Enabled;

    /// <summary>Begins it. Its span becomes the current one of the asynchronous method that calls this.</summary>
    /// <param name="lease">The delivery.</param>
    /// <param name="parenting">When its span continues a trace.</param>
    /// <param name="server">The server.</param>
    /// <param name="nowMs">The time, in unix ms.</param>
    public static DeliveryTelemetry Begin(Lease lease, TraceParenting parenting, ServerAddress server, long nowMs)
    {
        var delivery = lease.Delivery;
        if (delivery.ReadySince != 0 && Instruments.DeliveryWait.Enabled)
        {
            Instruments.DeliveryWait.Record(Stopwatch.GetElapsedTime(delivery.ReadySince), [new(TelemetryNames.Group, delivery.Group)]);
        }

        return new DeliveryTelemetry(
            delivery, Spans.AreWanted && IsHandling(delivery) ? Start(lease, parenting, server, nowMs) : null);
    }

    /// <summary>Ends it.</summary>
    /// <param name="settlement">The outcome, which is not recorded yet.</param>
    public void End(Settlement settlement)
    {
        var failure = settlement.Outcome is Outcome.Retry or Outcome.Dead ? settlement.Failure : null;
        if (_span is not null)
        {
            var outcome = OutcomeWords.Of(settlement.Outcome);
            _span.SetTag(TelemetryNames.Outcome, outcome);
            _span.AddEvent(new ActivityEvent("eventtriggers.settle"));
            if (failure is not null && TraceText.From(_span) is { } trace)
            {
                settlement.Trace = trace;
            }
        }

        Spans.Stop(_span, failure);
        if (Instruments.ProcessDuration.Enabled && IsHandling(_delivery))
        {
            TagList tags =
            [
                new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, Operation),
                new(TelemetryNames.EventType, _delivery.Type), new(TelemetryNames.Group, _delivery.Group),
            ];
            if (failure is not null)
            {
                tags.Add(TelemetryNames.ErrorType, ErrorType.Of(failure));
            }

            Instruments.ProcessDuration.Record(Stopwatch.GetElapsedTime(_since), tags);
        }
    }

    // The matching of triggers is no handling: a firing has a span of its own.
    private static bool IsHandling(Delivery delivery) => delivery.Group != TriggerMatcher.Group;

    private static Activity? Start(Lease lease, TraceParenting parenting, ServerAddress server, long nowMs)
    {
        var (delivery, relation) = (lease.Delivery, TraceRelation.Of(lease.Delivery, parenting, nowMs));
        var tags = TelemetryTags.Of(lease.Partition.Index, server, others: 8);
        tags.Add(new(TelemetryNames.OperationName, Operation));
        tags.Add(new(TelemetryNames.OperationType, Operation));
        tags.Add(new(TelemetryNames.EventType, delivery.Type));
        tags.Add(new(TelemetryNames.Group, delivery.Group));
        tags.Add(new(TelemetryNames.EventId, delivery.Id));
        tags.Add(new(TelemetryNames.Attempt, delivery.Attempt));
        if (delivery.CorrelationId is { Length: > 0 } correlation)
        {
            tags.Add(new(TelemetryNames.CorrelationId, correlation));
        }

        if (TriggerIdOf(delivery) is { } trigger)
        {
            tags.Add(new(TelemetryNames.TriggerId, trigger));
        }

        var span = Spans.StartBelow(Names.For(delivery.Type), ActivityKind.Consumer, relation.Parent, tags, relation.Links);
        Spans.SetKey(span, delivery.Key);
        return span;
    }

    private static string? TriggerIdOf(Delivery delivery) =>
        delivery.Firing.Length == 0 ? null : FiringJson.FindTriggerId(delivery.Firing);
}
