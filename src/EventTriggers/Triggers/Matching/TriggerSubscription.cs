using System.Globalization;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// A trigger in the index of an event type. The version tells a trigger from an earlier one of the same id, so that taking out the earlier
/// one, whenever that happens, leaves the later one in.
/// </summary>
/// <param name="Id">The trigger, or the event that is to be cancelled.</param>
/// <param name="Version">The trigger's version.</param>
/// <param name="Role">For what it watches.</param>
/// <param name="Expires">Until when, in unix ms; 0 for as long as it is there.</param>
internal sealed record TriggerSubscription(string Id, string Version, SubscriptionRole Role = SubscriptionRole.First, long Expires = 0)
{
    /// <summary>The version of an event, which has none.</summary>
    public const string OfEvent = "e";

    // None of these is allowed in ids, or part of a version.
    private const string Marks = "<>!~";

    public string Member => (Role, Expires) switch
    {
        (SubscriptionRole.First, 0) => $"{Id}#{Version}",
        (_, 0) => $"{Id}#{Version}{Marks[(int)Role]}",
        _ => FormattableString.Invariant($"{Id}#{Version}{Marks[(int)Role]}{Expires}"),
    };

    /// <summary>Tells whether a member names a field by whose values others are looked up, and no watch.</summary>
    public static bool IsField(string member) => member is ['=', ..];

    public static string FieldOf(string member) => member[1..];

    /// <summary>Reads a member; <see langword="null"/> for what somebody else has written there.</summary>
    public static TriggerSubscription? TryParse(string member)
    {
        var at = member.LastIndexOf('#');
        if (at < 1)
        {
            return null;
        }

        var (id, rest) = (member[..at], member[(at + 1)..]);
        var mark = rest.AsSpan().IndexOfAny(Marks);
        if (mark < 0)
        {
            return new TriggerSubscription(id, rest);
        }

        var (role, expires) = ((SubscriptionRole)Marks.IndexOf(rest[mark], StringComparison.Ordinal), 0L);
        return mark + 1 == rest.Length || long.TryParse(rest.AsSpan(mark + 1), NumberStyles.None, CultureInfo.InvariantCulture, out expires)
            ? new TriggerSubscription(id, rest[..mark], role, expires)
            : null;
    }
}
