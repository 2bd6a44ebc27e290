using System.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Triggers.Matching;

/// <summary>The spans of triggers that one call fires for an event.</summary>
internal sealed class MatchSpans
{
    // Where no listener wants spans, and nothing has a context to pass on.
    private static readonly MatchSpans None = new([], []);

    private readonly Activity?[] _spans;
    private readonly string?[] _traces;

    private MatchSpans(Activity?[] spans, string?[] traces) => (_spans, _traces) = (spans, traces);

    /// <summary>Begins the spans.</summary>
    /// <param name="keyspace">Knows the settings.</param>
    /// <param name="home">The partition of the triggers.</param>
    /// <param name="matched">The event.</param>
    /// <param name="triggers">The triggers.</param>
    public static MatchSpans Begin(Keyspace keyspace, Partition home, MatchedEvent matched, IReadOnlyList<SubscribedTrigger> triggers)
    {
        if (!Spans.AreWanted && matched.Trace is null && triggers.All(static trigger => trigger.Trace is null))
        {
            return None;
        }

        var (spans, traces) = (new Activity?[triggers.Count], new string?[triggers.Count]);
        for (var i = 0; i < spans.Length; i++)
        {
            spans[i] = Spans.AreWanted && FiresNow(triggers[i]) ? Begin(keyspace, home, matched, triggers[i]) : null;
            traces[i] = (spans[i] is { } span ? TraceText.From(span) : null) ?? matched.Trace ?? triggers[i].Trace;
        }

        return new MatchSpans(spans, traces);
    }

    /// <summary>Gets the context that the event which a trigger raises carries; <see langword="null"/> for none.</summary>
    public string? TraceOf(int trigger) => _traces.Length == 0 ? null : _traces[trigger];

    /// <summary>Ends the spans, and counts what has fired.</summary>
    /// <param name="replies">What became of the event; empty if the call failed.</param>
    public void End(IReadOnlyList<MatchReply> replies)
    {
        for (var i = 0; i < _spans.Length; i++)
        {
            FiringSpan.End(_spans[i], i < replies.Count && HasFired(replies[i]));
        }

        TriggerMetrics.Count(TriggerMetrics.On, replies.Count(HasFired));
    }

    private static bool HasFired(MatchReply reply) => reply.Outcome is MatchOutcome.Fired or MatchOutcome.FiredLast;

    // One whose event waits for its moment is fired by a script when that comes; it then carries the context of that event.
    private static bool FiresNow(SubscribedTrigger trigger) =>
        trigger.Rule?.Kind is null or OverTimeKind.Each or OverTimeKind.Count or OverTimeKind.FollowedBy;

    private static Activity? Begin(Keyspace keyspace, Partition home, MatchedEvent matched, SubscribedTrigger trigger) =>
        FiringSpan.Begin(
            TriggerMetrics.On, trigger.Subscription.Id, home.Index,
            TraceRelation.Of(matched.Delivery, keyspace.Options.TraceParenting, keyspace.HostMs).LinkedTo(trigger.Trace));
}
