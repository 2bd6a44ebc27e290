using System.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>One call that publishes events, from its begin to its end, as spans and metrics show it.</summary>
internal sealed class PublishCall
{
    private const string Operation = "publish";

    private static readonly SpanName Names = new(Operation);

    private readonly OutgoingEvent[] _events;
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly string? _type;
    private readonly Activity? _span;

    private PublishCall(OutgoingEvent[] events, ServerAddress server, int? partition)
    {
        _events = events;
        _type = TypeOf(events);
        _span = Spans.AreWanted
            ? Spans.Start(_type is null ? Operation : Names.For(_type), ActivityKind.Producer, TagsOf(server, partition))
            : null;
        Spans.SetKey(_span, events is [{ Options.Key: var key }] ? key : null);
        Trace = TraceText.OfCurrent();
    }

    /// <summary>Gets a value indicating whether anything is to be written down of a publish.</summary>
    public static bool IsWatched =>
        Spans.AreWanted || Instruments.SentMessages.Enabled || Instruments.OperationDuration.Enabled
        || Activity.Current is { Recorded: true };

    /// <summary>Gets the context that the events carry; <see langword="null"/> for none.</summary>
    public string? Trace { get; }

    /// <summary>Begins a call. It becomes the current span of the asynchronous method that calls this.</summary>
    /// <param name="events">The events, at least one.</param>
    /// <param name="server">The server.</param>
    /// <param name="partition">Their partition; <see langword="null"/> if there may be several.</param>
    public static PublishCall Begin(OutgoingEvent[] events, ServerAddress server, int? partition) =>
        new(events, server, partition);

    /// <summary>Ends the call.</summary>
    /// <param name="failure">Why it failed; <see langword="null"/> if every event was accepted.</param>
    public void End(Exception? failure = null)
    {
        Spans.Stop(_span, failure);
        OperationMetrics.Record(Operation, "send", _since, _type, failure);
        if (Instruments.SentMessages.Enabled)
        {
            CountSent(failure);
        }
    }

    private void CountSent(Exception? failure)
    {
        if (_type is not null && failure is not IncompletePublishException)
        {
            CountSent(_type, _events.Length, failure);
            return;
        }

        // Of a list of which only a part was accepted, each event counts as what became of it.
        var results = (failure as IncompletePublishException)?.Results;
        var sent = _events.Select((outgoing, i) => (
            outgoing.Type, WasAccepted: results?[i].Outcome is PublishOutcome.Accepted or PublishOutcome.Repeated));
        foreach (var same in sent.GroupBy(static one => one))
        {
            CountSent(same.Key.Type, same.Count(), same.Key.WasAccepted ? null : failure);
        }
    }

    private static void CountSent(string type, int count, Exception? failure)
    {
        TagList tags =
        [
            new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName), new(TelemetryNames.OperationName, Operation),
            new(TelemetryNames.EventType, type),
        ];
        if (failure is not null)
        {
            tags.Add(TelemetryNames.ErrorType, ErrorType.Of(failure));
        }

        Instruments.SentMessages.Add(count, tags);
    }

    // Null if there are several.
    private static string? TypeOf(OutgoingEvent[] events)
    {
        foreach (var outgoing in events)
        {
            if (outgoing.Type != events[0].Type)
            {
                return null;
            }
        }

        return events[0].Type;
    }

    private List<KeyValuePair<string, object?>> TagsOf(ServerAddress server, int? partition)
    {
        var tags = TelemetryTags.Of(partition, server, others: 5);
        tags.Add(new(TelemetryNames.OperationName, Operation));
        tags.Add(new(TelemetryNames.OperationType, "send"));
        if (_type is not null)
        {
            tags.Add(new(TelemetryNames.EventType, _type));
        }

        if (_events is not [var one])
        {
            tags.Add(new(TelemetryNames.BatchCount, _events.Length));
            return tags;
        }

        tags.Add(new(TelemetryNames.EventId, one.Id));
        if (one.Options?.CorrelationId is { Length: > 0 } correlation)
        {
            tags.Add(new(TelemetryNames.CorrelationId, correlation));
        }

        return tags;
    }
}
