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

    public static WatchMark Parse(string text) => text.Split(' ') is [var held, var all, var epoch]
        ? new WatchMark(long.Parse(held, CultureInfo.InvariantCulture), long.Parse(all, CultureInfo.InvariantCulture), epoch)
        : throw new InvalidOperationException($"The hash of an event holds the unknown watch '{text}'.");
}
