using System.Diagnostics;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The handling of a batch, from its begin to its outcomes, as spans and metrics show it: as one operation.</summary>
internal sealed class BatchTelemetry
{
    private const string Operation = "process";

    private static readonly SpanName Names = new(Operation);

    private readonly Delivery _first;
    private readonly long _since;
    private readonly Activity? _span;

    private BatchTelemetry(Delivery first, Activity? span) => (_first, _span, _since) = (first, span, Stopwatch.GetTimestamp());

    /// <summary>Begins it. Its span becomes the current one of the asynchronous method that calls this.</summary>
    /// <param name="leases">The deliveries.</param>
    /// <param name="server">The server.</param>
    public static BatchTelemetry Begin(IReadOnlyList<Lease> leases, ServerAddress server)
    {
        foreach (var delivery in leases.Select(static lease => lease.Delivery))
        {
            if (delivery.ReadySince != 0 && Instruments.DeliveryWait.Enabled)
            {
                Instruments.DeliveryWait.Record(
                    Stopwatch.GetElapsedTime(delivery.ReadySince), [new(TelemetryNames.Group, delivery.Group)]);
            }
        }

        return new BatchTelemetry(leases[0].Delivery, Spans.AreWanted ? Start(leases, server) : null);
    }

    /// <summary>Ends it.</summary>
    /// <param name="result">The outcomes, which are not recorded yet.</param>
    public void End(BatchResult result)
    {
        if (_span is not null)
        {
            _span.AddEvent(new ActivityEvent("eventtriggers.settle"));
            if (TraceText.From(_span) is { } trace)
            {
                foreach (var failed in result.Settlements.Where(
                    static one => one is { Failure: not null, Outcome: Outcome.Retry or Outcome.Dead }))
                {
                    failed.Trace = trace;
                }
            }
        }

        Spans.Stop(_span, result.Failure);
        if (Instruments.ProcessDuration.Enabled)
        {
            TagList tags =
            [
                new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, Operation),
                new(TelemetryNames.EventType, _first.Type), new(TelemetryNames.Group, _first.Group),
            ];
            if (result.Failure is { } failure)
            {
                tags.Add(TelemetryNames.ErrorType, ErrorType.Of(failure));
            }

            Instruments.ProcessDuration.Record(Stopwatch.GetElapsedTime(_since), tags);
        }
    }

    // It belongs to no trace of its events, and links to all.
    private static Activity? Start(IReadOnlyList<Lease> leases, ServerAddress server)
    {
        var first = leases[0].Delivery;
        var tags = TelemetryTags.Of(partition: null, server, others: 6);
        tags.Add(new(TelemetryNames.OperationName, Operation));
        tags.Add(new(TelemetryNames.OperationType, Operation));
        tags.Add(new(TelemetryNames.EventType, first.Type));
        tags.Add(new(TelemetryNames.Group, first.Group));
        tags.Add(new(TelemetryNames.BatchCount, leases.Count));
        var links = leases.SelectMany(static lease => TraceRelation.Of(lease.Delivery, TraceParenting.Never, nowMs: 0).Links);
        return Spans.StartBelow(Names.For(first.Type), ActivityKind.Consumer, parent: default, tags, links.ToArray());
    }
}
