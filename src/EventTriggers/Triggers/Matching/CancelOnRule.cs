using System.Globalization;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Matching;

/// <summary>What cancels a trigger or a delayed event, as it is stored.</summary>
/// <param name="Type">The wire name of the events.</param>
/// <param name="Pattern">Which of them; <see langword="null"/> for all.</param>
/// <param name="Expires">Until when they are watched, in unix ms: what they would cancel is over by then; 0 for ever.</param>
internal sealed record CancelOnRule(string Type, EventPattern? Pattern, long Expires)
{
    private const long Day = 86_400_000;

    /// <summary>Gets what cancels an event, from what its hash holds; <see langword="null"/> for what somebody else has written there.</summary>
    public static (TriggerSubscription Watch, SubscribedType Watched)? WatchedBy(string id, string text)
    {
        try
        {
            var watched = Parse(text).WatchedFor(SubscriptionRole.CancelEvent);
            return (watched.By(id, TriggerSubscription.OfEvent), watched);
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            return null;
        }
    }

    public SubscribedType WatchedFor(SubscriptionRole role) => new(Type, Pattern, role, Expires);

    /// <summary>Gets what a trigger watches that is due at a moment; twice where it was moved there, since it is watched for longer then.</summary>
    public IEnumerable<SubscribedType> WatchedUntil(long? due)
    {
        var watched = WatchedFor(SubscriptionRole.Cancel);
        return Expires > 0 && due is { } moved && ExpiryOf(moved) is var later && later > Expires ? [watched, watched with { Expires = later }] : [watched];
    }

    /// <summary>Gets when what is due at a moment, or ends then, is over, also where it is late and clocks disagree: a day later, in whole days, so that moving it by less changes nothing.</summary>
    public static long ExpiryOf(long due) => ((Math.Clamp(due, 0, UnixTime.MaxMs) / Day) + 2) * Day;

    /// <exception cref="ArgumentException">The pattern cannot be read.</exception>
    public static CancelOnRule Parse(string text) => text.Split(' ', 3) is [var type, var expires, var pattern]
        ? new CancelOnRule(type, pattern.Length == 0 ? null : EventPattern.Parse(pattern), long.Parse(expires, CultureInfo.InvariantCulture))
        : throw new ArgumentException($"The hash holds the unknown cancellation '{text}'.", nameof(text));

    public override string ToString() => FormattableString.Invariant($"{Type} {Expires} {Pattern}");
}
