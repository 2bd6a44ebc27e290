using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace EventTriggers;

/// <summary>Where an event stands among the watches of its type: it sees those that began before it.</summary>
/// <param name="Held">The number of the last watch that is held in memory by those who match.</param>
/// <param name="All">The number of the last watch.</param>
/// <param name="Epoch">Tells these numbers from those before the store lost its data.</param>
internal sealed record WatchMark(long Held, long All, string Epoch)
{
    /// <summary>Gets the mark of an event that does not say: it sees whoever watches when it is matched.</summary>
    public static WatchMark Everything { get; } = new(long.MaxValue, long.MaxValue, string.Empty);

    public static bool TryParse(string text, [NotNullWhen(true)] out WatchMark? mark)
    {
        mark = text.Split(' ') is [var held, var all, var epoch]
            && long.TryParse(held, NumberStyles.None, CultureInfo.InvariantCulture, out var lastHeld)
            && long.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? new WatchMark(lastHeld, last, epoch)
            : null;
        return mark is not null;
    }
}
