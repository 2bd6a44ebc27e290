namespace EventTriggers;

/// <summary>
/// A trigger in the index of an event type. The version tells a trigger from an earlier one of the same id, so that taking out the earlier
/// one, whenever that happens, leaves the later one in.
/// </summary>
internal sealed record Watch(TriggerId Id, string Version)
{
    // '#' is not allowed in ids.
    public string Member => $"{Id}#{Version}";

    public static Watch Parse(string member)
    {
        var at = member.LastIndexOf('#');
        return new Watch(new TriggerId(member[..at]), member[(at + 1)..]);
    }
}
