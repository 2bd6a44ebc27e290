using System.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Duties;

/// <summary>The spans of recurring triggers that this process has planned, and that one call fires.</summary>
internal sealed class PlannedSpans
{
    private readonly Activity?[] _spans;

    private PlannedSpans(PlannedFiring[] firings, Activity?[] spans) => (Firings, _spans) = (firings, spans);

    /// <summary>Gets the firings, with the contexts that the raised events carry.</summary>
    public IReadOnlyList<PlannedFiring> Firings { get; }

    /// <summary>Begins a span for each trigger that is to fire.</summary>
    public static PlannedSpans Begin(PlannedFiring[] firings, Partition partition)
    {
        if (!Spans.AreWanted)
        {
            return new PlannedSpans(firings, []);
        }

        var spans = Array.ConvertAll(firings, firing => firing.Plan is { Fire.Count: > 0 } ? Begin(firing.Trigger, partition) : null);
        return new PlannedSpans(
            [.. firings.Zip(spans, static (firing, span) => firing with { Trace = span is null ? null : TraceText.From(span) })], spans);
    }

    /// <summary>Ends the spans, and counts what has fired.</summary>
    /// <param name="fired">How many occurrences of each trigger fired; empty if the call failed.</param>
    /// <param name="now">The time, in unix ms.</param>
    public void End(IReadOnlyList<int?> fired, long now)
    {
        for (var i = 0; i < _spans.Length; i++)
        {
            FiringSpan.End(_spans[i], i < fired.Count && fired[i] > 0);
        }

        for (var i = 0; TriggerMetrics.IsWatched && i < fired.Count; i++)
        {
            foreach (var due in Firings[i].Plan?.Fire.Take(fired[i] ?? 0) ?? [])
            {
                TriggerMetrics.Count(KindOf(Firings[i].Trigger), due, now);
            }
        }
    }

    private static string KindOf(DueTrigger trigger) => trigger.Kind == TriggerKind.Cron ? TriggerMetrics.Cron : TriggerMetrics.Every;

    private static Activity? Begin(DueTrigger trigger, Partition partition) =>
        FiringSpan.Begin(KindOf(trigger), trigger.Id, partition.Index, new TraceRelation(default, []).LinkedTo(trigger.Trace));
}
