using System.Diagnostics;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>How the span of a delivery is connected with the spans that led to it.</summary>
/// <param name="Parent">The span that it continues; <see langword="default"/> for none.</param>
/// <param name="Links">The spans to which it links.</param>
internal readonly record struct TraceRelation(ActivityContext Parent, List<ActivityLink> Links)
{
    // Older events have waited: their trace may be complete and sampled by now.
    private const long YoungMs = 60_000;

    /// <summary>Finds out what a delivery's span is connected with.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="parenting">When it continues a trace.</param>
    /// <param name="nowMs">The time, in unix ms.</param>
    public static TraceRelation Of(Delivery delivery, TraceParenting parenting, long nowMs)
    {
        var links = new List<ActivityLink>(1);
        var isTraced = DeliveryTrace.TryRead(delivery, out var published);
        if (isTraced)
        {
            links.Add(new ActivityLink(published));
        }

        if (TraceText.TryParse(delivery.TraceBefore, out var before))
        {
            links.Add(new ActivityLink(before));
        }

        return new TraceRelation(isTraced && Continues(delivery, parenting, nowMs) ? published : default, links);
    }

    /// <summary>Adds a link to a context as it is stored; one that cannot be read is ignored.</summary>
    public TraceRelation LinkedTo(string? trace)
    {
        if (TraceText.TryParse(trace, out var context) && Links.TrueForAll(link => link.Context != context))
        {
            Links.Add(new ActivityLink(context));
        }

        return this;
    }

    // A delivery that was redriven, released or retried has a later claim.
    private static bool Continues(Delivery delivery, TraceParenting parenting, long nowMs) => parenting switch
    {
        TraceParenting.Always => true,
        TraceParenting.Never => false,
        _ => delivery is { Fence: 1, DueMs: 0, Firing.Length: 0 } && nowMs - delivery.PublishedMs < YoungMs,
    };
}
