using System.Globalization;
using EventTriggers.Diagnostics;

namespace EventTriggers.Redis.Operations;

/// <summary>What publish.lua answers.</summary>
/// <param name="Repeated">The indexes, in the call, of the events that were accepted before.</param>
/// <param name="Untaken">The types of the call that no group and no trigger takes.</param>
internal readonly record struct PublishReply(IReadOnlyCollection<int> Repeated, IReadOnlyCollection<string> Untaken)
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

        var places = words[0].Split(':') is [_, var list]
            ? list.Split(',').Select(static place => int.Parse(place, CultureInfo.InvariantCulture))
            : [];
        return new PublishReply([.. places], words is [_, var types] ? types.Split(',') : []);
    }
}
