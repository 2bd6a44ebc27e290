using System.Globalization;
using EventTriggers.Diagnostics;

namespace EventTriggers.Redis.Operations;

/// <summary>What publish.lua answers.</summary>
/// <param name="Repeated">The indexes, in the call, of the events that were accepted before.</param>
/// <param name="Untaken">The types of the call that no group and no trigger takes.</param>
/// <param name="Kept">
/// The indexes of the events that were not accepted, because another one has their name, with the id of that one; <see langword="null"/>
/// for none.
/// </param>
internal readonly record struct PublishReply(
    IReadOnlyCollection<int> Repeated, IReadOnlyCollection<string> Untaken, IReadOnlyDictionary<int, string>? Kept = null)
{
    private const string Accepted = "ok";

    /// <summary>Gets the reply to a call whose events are all new, and are taken.</summary>
    public static PublishReply AllAccepted { get; } = new([], []);

    public static PublishReply Parse(string reply)
    {
        if (reply == Accepted)
        {
            return AllAccepted;
        }

        var words = reply.Split(' ');
        if (words is ["full", var group, var waiting, var most, ..])
        {
            throw new PublishRefusedException(
                group, words.Length > 4 ? words[4] : null, long.Parse(waiting, CultureInfo.InvariantCulture),
                long.Parse(most, CultureInfo.InvariantCulture));
        }

        if (words[0] != Accepted && !words[0].StartsWith($"{Accepted}:", StringComparison.Ordinal))
        {
            throw words is [var key, var type]
                ? RedisKeys.Misused(key, type)
                : new InvalidOperationException($"publish.lua answered '{Excerpt.Of(reply)}'.");
        }

        // An id has no comma, and a place has no '='.
        var places = words[0].Length > Accepted.Length ? words[0][(Accepted.Length + 1)..].Split(',') : [];
        var kept = places.Select(static place => place.Split('=', 2)).Where(static parts => parts.Length == 2)
            .ToDictionary(static parts => PlaceOf(parts[0]), static parts => parts[1]);
        return new PublishReply(
            [.. places.Where(static place => !place.Contains('=')).Select(PlaceOf)], words is [_, var types] ? types.Split(',') : [],
            kept.Count > 0 ? kept : null);
    }

    private static int PlaceOf(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
