using System.Globalization;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Matching;

/// <summary>The events that cancel a trigger or a delayed event, as they are stored.</summary>
/// <param name="Type">Their wire names, as a <see cref="NameList"/>.</param>
/// <param name="Pattern">The condition on them; <see langword="null"/> for all.</param>
/// <param name="Expires">When the subscription ends, in unix ms, because what they would cancel is over by then; 0 for never.</param>
internal sealed record CancelOnRule(string Type, EventPattern? Pattern, long Expires)
{
    private const long Day = 86_400_000;

    /// <summary>Reads what cancels an event from the field of its hash.</summary>
    /// <returns>The event's subscriptions; none for what the library does not write.</returns>
    public static IEnumerable<(TriggerSubscription Subscription, SubscribedType Type)> FindSubscriptions(string id, string text)
    {
        try
        {
            return [
                .. Parse(text).ToSubscribedTypes(SubscriptionRole.CancelEvent)
                    .Select(type => (type.ToSubscription(id, TriggerSubscription.EventVersion), type)),
            ];
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            return [];
        }
    }

    public IEnumerable<SubscribedType> ToSubscribedTypes(SubscriptionRole role) =>
        NameList.Split(Type).Select(type => new SubscribedType(type, Pattern, role, Expires));

    /// <summary>
    /// Lists what a trigger that is due at a moment subscribes to: twice where it was moved there, because the later subscription lasts
    /// longer.
    /// </summary>
    public IEnumerable<SubscribedType> ToSubscribedTypes(long? due)
    {
        var first = ToSubscribedTypes(SubscriptionRole.Cancel);
        return Expires > 0 && due is { } moved && ToExpiry(moved) is var later && later > Expires
            ? first.SelectMany(one => (SubscribedType[])[one, one with { Expires = later }])
            : first;
    }

    /// <summary>
    /// Computes when something that is due or ends at a moment is over, even if it is late and clocks disagree: a day later, in whole days,
    /// so that moving it by less changes nothing.
    /// </summary>
    public static long ToExpiry(long due) => ((Math.Clamp(due, 0, UnixTime.MaxMs) / Day) + 2) * Day;

    /// <exception cref="ArgumentException">The text or its pattern cannot be read.</exception>
    public static CancelOnRule Parse(string text) => text.Split(' ', 3) is [var type, var expires, var pattern]
        ? new CancelOnRule(
            type, pattern.Length == 0 ? null : EventPattern.Parse(pattern), long.Parse(expires, CultureInfo.InvariantCulture))
        : throw new ArgumentException($"The hash holds the unknown cancellation '{text}'.", nameof(text));

    public override string ToString() => FormattableString.Invariant($"{Type} {Expires} {Pattern}");
}
