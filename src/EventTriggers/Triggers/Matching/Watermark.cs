using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventTriggers.Triggers.Matching;

/// <summary>Where an event stands among the watches of its type: it sees those that began before it.</summary>
/// <param name="Held">The number of the last watch that is held in memory by those who match.</param>
/// <param name="All">The number of the last watch.</param>
/// <param name="Epoch">Tells these numbers from those before the store lost its data.</param>
/// <param name="Number">The event's own number: its partition gives a higher one to what it accepts later.</param>
internal sealed record Watermark(long Held, long All, string Epoch, long Number)
{
    /// <summary>Gets the mark of an event that does not say: it sees whoever watches when it is matched.</summary>
    public static Watermark Everything { get; } = new(long.MaxValue, long.MaxValue, string.Empty, 0);

    public static bool TryParse(string text, [NotNullWhen(true)] out Watermark? mark)
    {
        mark = text.Split(' ') is [var held, var all, var epoch, var number]
            && long.TryParse(held, NumberStyles.None, CultureInfo.InvariantCulture, out var lastHeld)
            && long.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var own)
            ? new Watermark(lastHeld, last, epoch, own)
            : null;
        return mark is not null;
    }
}
