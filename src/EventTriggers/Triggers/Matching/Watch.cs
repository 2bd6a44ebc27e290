namespace EventTriggers;

/// <summary>For what a trigger watches events of a type.</summary>
internal enum WatchRole
{
    /// <summary>They are what it waits for.</summary>
    First,

    /// <summary>They follow, or answer, what it waits for.</summary>
    Next,

    /// <summary>They cancel it.</summary>
    Cancel,
}

/// <summary>
/// A trigger in the index of an event type. The version tells a trigger from an earlier one of the same id, so that taking out the earlier
/// one, whenever that happens, leaves the later one in.
/// </summary>
internal sealed record Watch(TriggerId Id, string Version, WatchRole Role = WatchRole.First)
{
    private const char Next = '>';
    private const char Cancel = '!';

    // None of these is allowed in ids, or part of a version.
    public string Member => Role switch
    {
        WatchRole.Next => $"{Id}#{Version}{Next}",
        WatchRole.Cancel => $"{Id}#{Version}{Cancel}",
        _ => $"{Id}#{Version}",
    };

    public static Watch Parse(string member)
    {
        var at = member.LastIndexOf('#');
        var (id, version) = (new TriggerId(member[..at]), member[(at + 1)..]);
        return version[^1] switch
        {
            Next => new Watch(id, version[..^1], WatchRole.Next),
            Cancel => new Watch(id, version[..^1], WatchRole.Cancel),
            _ => new Watch(id, version),
        };
    }
}
