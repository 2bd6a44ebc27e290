using System.Globalization;

namespace EventTriggers;

/// <summary>For what events of a type are watched.</summary>
internal enum WatchRole
{
    /// <summary>They are what a trigger waits for.</summary>
    First,

    /// <summary>They follow, or answer, what a trigger waits for.</summary>
    Next,

    /// <summary>They cancel a trigger.</summary>
    Cancel,

    /// <summary>They cancel an event.</summary>
    CancelEvent,
}

/// <summary>
/// A trigger in the index of an event type. The version tells a trigger from an earlier one of the same id, so that taking out the earlier
/// one, whenever that happens, leaves the later one in.
/// </summary>
/// <param name="Id">The trigger, or the event that is to be cancelled.</param>
/// <param name="Version">The trigger's version.</param>
/// <param name="Role">For what it watches.</param>
/// <param name="Expires">Until when, in unix ms; 0 for as long as it is there.</param>
internal sealed record Watch(TriggerId Id, string Version, WatchRole Role = WatchRole.First, long Expires = 0)
{
    /// <summary>The version of an event, which has none.</summary>
    public const string OfEvent = "e";

    // None of these is allowed in ids, or part of a version.
    private const string Marks = "<>!~";

    public string Member => (Role, Expires) switch
    {
        (WatchRole.First, 0) => $"{Id}#{Version}",
        (_, 0) => $"{Id}#{Version}{Marks[(int)Role]}",
        _ => FormattableString.Invariant($"{Id}#{Version}{Marks[(int)Role]}{Expires}"),
    };

    public static Watch Parse(string member)
    {
        var at = member.LastIndexOf('#');
        var (id, rest) = (new TriggerId(member[..at]), member[(at + 1)..]);
        var mark = rest.AsSpan().IndexOfAny(Marks);
        return mark < 0
            ? new Watch(id, rest)
            : new Watch(id, rest[..mark], (WatchRole)Marks.IndexOf(rest[mark], StringComparison.Ordinal), mark + 1 == rest.Length ? 0 : long.Parse(rest.AsSpan(mark + 1), CultureInfo.InvariantCulture));
    }
}
