using System.Runtime.CompilerServices;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Schedules;

/// <summary>The UTC offsets of a zone since 1970, span by span.</summary>
/// <remarks>
/// Only moments are looked up. What .NET says about wall-clock times (their offset, whether they are ambiguous or invalid) is wrong where
/// it models a change of the clocks as a change of the zone's base offset: Europe/Dublin, Africa/Casablanca, and every zone whose standard
/// time changes.
/// </remarks>
internal sealed class ZoneOffsets
{
    // No zone has ever changed its offset twice within a week, so steps of a day miss no change.
    private const long Step = 86_400_000;

    // Ten years at a time take 0.2 ms, once for each zone.
    private const long Ahead = 3653 * Step;

    private static readonly ConditionalWeakTable<TimeZoneInfo, ZoneOffsets> Known = [];

    private readonly Lock _growing = new();
    private readonly TimeZoneInfo _zone;
    private volatile OffsetSpan[] _spans;

    private ZoneOffsets(TimeZoneInfo zone)
    {
        _zone = zone;
        var first = OffsetAt(0);
        _spans = [zone.GetAdjustmentRules().Length == 0 ? new(UnixTime.MinMs, long.MaxValue, first, first) : new(0, 1, first, first)];
    }

    public static ZoneOffsets For(TimeZoneInfo zone) => Known.GetValue(zone, static zone => new ZoneOffsets(zone));

    /// <summary>Gets the span that contains a moment; the span of 1970 for an earlier one.</summary>
    /// <remarks>A span may end before the offset changes, where the known part ends. The next span then has the same offset.</remarks>
    public OffsetSpan At(long moment)
    {
        var spans = _spans;
        if (moment >= spans[^1].End)
        {
            spans = Grow(moment);
        }

        var (low, high) = (0, spans.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = spans[middle].Start <= moment ? (middle, high) : (low, middle - 1);
        }

        return spans[low];
    }

    private OffsetSpan[] Grow(long moment)
    {
        lock (_growing)
        {
            var spans = new List<OffsetSpan>(_spans);
            while (spans[^1].End <= moment + Ahead)
            {
                var last = spans[^1];
                var change = ChangeAfter(last.End - 1, last.Offset);
                spans[^1] = last with { End = change ?? (last.End + Step) };
                if (change is { } start)
                {
                    spans.Add(new(start, start + 1, OffsetAt(start), last.Offset));
                }
            }

            return _spans = [.. spans];
        }
    }

    // The first moment within a step at which the offset differs.
    private long? ChangeAfter(long moment, long offset)
    {
        var (same, other) = (moment, moment + Step);
        if (OffsetAt(other) == offset)
        {
            return null;
        }

        while (other - same > 1)
        {
            var middle = (same + other) / 2;
            (same, other) = OffsetAt(middle) == offset ? (middle, other) : (same, middle);
        }

        return other;
    }

    private long OffsetAt(long moment) =>
        _zone.GetUtcOffset(UnixTime.ToDateTimeOffset(moment).UtcDateTime).Ticks / TimeSpan.TicksPerMillisecond;
}
