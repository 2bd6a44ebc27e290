using System.Globalization;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// A trigger's subscription to an event type. The version tells the trigger from an earlier one of the same id, so that removing the
/// earlier one's subscription, whenever that happens, leaves the later one's.
/// </summary>
/// <param name="Id">The trigger, or the event that is to be canceled.</param>
/// <param name="Version">The trigger's version.</param>
/// <param name="Role">The role of the events.</param>
/// <param name="Expires">When it ends, in unix ms; 0 for as long as the trigger exists.</param>
internal sealed record TriggerSubscription(string Id, string Version, SubscriptionRole Role = SubscriptionRole.First, long Expires = 0)
{
    /// <summary>The version of an event, which has none.</summary>
    public const string EventVersion = "e";

    // None of these is allowed in ids, or part of a version.
    private const string Marks = "<>!~";

    /// <summary>Gets its name in the index of a type.</summary>
    public string Member => (Role, Expires) switch
    {
        (SubscriptionRole.First, 0) => $"{Id}#{Version}",
        (_, 0) => $"{Id}#{Version}{Marks[(int)Role]}",
        _ => FormattableString.Invariant($"{Id}#{Version}{Marks[(int)Role]}{Expires}"),
    };

    /// <summary>Gets a value indicating whether the events cancel something.</summary>
    public bool Cancels => Role is SubscriptionRole.Cancel or SubscriptionRole.CancelEvent;

    /// <summary>
    /// Tells whether a member of an index is not a subscription, but names a field by whose values triggers are looked up.
    /// </summary>
    public static bool IsField(string member) => member is ['=', ..];

    /// <summary>Reads the field from a member for which <see cref="IsField"/> is true.</summary>
    public static string FieldOf(string member) => member[1..];

    /// <summary>Reads a member.</summary>
    /// <returns>The subscription; <see langword="null"/> for what the library does not write.</returns>
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
