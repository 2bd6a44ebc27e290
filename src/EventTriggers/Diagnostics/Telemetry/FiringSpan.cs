using System.Diagnostics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// The span of a firing. It begins before the script that fires, because what is raised carries its context; so it may turn out to stand
/// for nothing.
/// </summary>
internal static class FiringSpan
{
    private const string Operation = "fire";

    private static readonly SpanName Names = new(Operation);

    /// <summary>Begins a span, which does not become the current one: several triggers fire in one call.</summary>
    /// <param name="kind">The trigger's kind, as it is stored.</param>
    /// <param name="triggerId">The trigger.</param>
    /// <param name="partition">The trigger's partition.</param>
    /// <param name="relation">What the span is connected with.</param>
    /// <returns>The span; <see langword="null"/> if no listener wants it.</returns>
    public static Activity? Begin(string kind, string triggerId, int partition, TraceRelation relation)
    {
        var tags = TelemetryTags.Of(partition, ServerAddress.None, others: 3);
        tags.Add(new(TelemetryNames.OperationName, Operation));
        tags.Add(new(TelemetryNames.TriggerId, triggerId));
        tags.Add(new(TelemetryNames.TriggerKind, kind));
        var current = Activity.Current;
        var span = Spans.StartBelow(Names.For(kind), ActivityKind.Internal, relation.Parent, tags, relation.Links);
        if (Activity.Current != current)
        {
            Activity.Current = current;
        }

        return span;
    }

    /// <summary>Ends a span.</summary>
    /// <param name="span">The span; <see langword="null"/> for none.</param>
    /// <param name="hasFired">Whether the trigger has fired; otherwise the span is not exported.</param>
    public static void End(Activity? span, bool hasFired)
    {
        if (hasFired)
        {
            Spans.Stop(span);
        }
        else
        {
            Spans.Discard(span);
        }
    }
}
