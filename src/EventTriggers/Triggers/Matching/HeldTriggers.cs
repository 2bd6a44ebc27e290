namespace EventTriggers;

/// <summary>Triggers of a type that are held in memory, and the fields by whose values others are looked up. Not for several threads while it changes.</summary>
internal sealed class HeldTriggers
{
    private const int MostExpired = 500;

    private readonly Dictionary<string, WatchedTrigger> _members = new(StringComparer.Ordinal);
    private readonly PatternIndex _index = new();

    /// <summary>Gets the fields by whose values triggers are looked up.</summary>
    public string[] Fields { get; private set; } = [];

    public IEnumerable<WatchedTrigger> Match(ReadOnlySpan<byte> json)
    {
        var matches = new List<PatternEntry>();
        _index.Match(json, matches);
        return matches.Cast<WatchedTrigger>();
    }

    /// <summary>Takes out, and then puts in.</summary>
    public void Apply(IEnumerable<string> outs, IEnumerable<WatchedTrigger> triggers, string[] fields)
    {
        Remove(outs);
        foreach (var trigger in triggers)
        {
            Remove([trigger.Watch.Member]);
            _members[trigger.Watch.Member] = trigger;
            _index.Add(trigger.Pattern, trigger);
        }

        Fields = [.. Fields.Union(fields, StringComparer.Ordinal)];
    }

    public void Remove(IEnumerable<string> members)
    {
        foreach (var member in members)
        {
            if (_members.Remove(member, out var trigger))
            {
                _index.Remove(trigger);
            }
        }
    }

    /// <summary>Gets some of those whose watch is over.</summary>
    public WatchedTrigger[] Expired(long now) => [.. _members.Values.Where(trigger => trigger.Watch.Expires > 0 && trigger.Watch.Expires < now).Take(MostExpired)];
}
