using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventTriggers.Triggers.Matching;

/// <summary>An event's place among the subscriptions of its type: it is matched with those that began before it.</summary>
/// <param name="Cached">The number of the last subscription that the matching processes cache.</param>
/// <param name="All">The number of the last subscription.</param>
/// <param name="Epoch">Tells these numbers from those before the store lost its data.</param>
/// <param name="Number">The event's own number: its partition gives a higher one to what it accepts later.</param>
internal sealed record Watermark(long Cached, long All, string Epoch, long Number)
{
    /// <summary>Gets the mark of an event that has none: it is matched with every subscription that exists when it is matched.</summary>
    public static Watermark Everything { get; } = new(long.MaxValue, long.MaxValue, string.Empty, 0);

    public static bool TryParse(string text, [NotNullWhen(true)] out Watermark? mark)
    {
        mark = text.Split(' ') is [var cached, var all, var epoch, var number]
            && long.TryParse(cached, NumberStyles.None, CultureInfo.InvariantCulture, out var lastCached)
            && long.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var own)
            ? new Watermark(lastCached, last, epoch, own)
            : null;
        return mark is not null;
    }
}
