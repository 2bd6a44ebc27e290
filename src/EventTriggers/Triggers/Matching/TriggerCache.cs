using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>Triggers of a type that are held in memory, and the fields by whose values others are looked up. Not for several threads while it changes.</summary>
internal sealed class TriggerCache
{
    private const int MostExpired = 500;

    private readonly Dictionary<string, SubscribedTrigger> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fields = new(StringComparer.Ordinal);
    private readonly PatternIndex _index = new();

    /// <summary>Gets the fields by whose values triggers are looked up.</summary>
    public FieldValueReader Fields { get; private set; } = new([]);

    public IReadOnlyCollection<string> FieldNames => _fields;

    public bool IsEmpty => _members.Count == 0 && _fields.Count == 0;

    /// <summary>Finds those whose condition an event satisfies, and those of which that is not known because it would take too many steps.</summary>
    /// <exception cref="System.Text.Json.JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public (IEnumerable<SubscribedTrigger> Matches, IEnumerable<SubscribedTrigger> Spent) Match(ReadOnlySpan<byte> json)
    {
        var (matches, spent) = (new List<PatternEntry>(), new List<PatternEntry>());
        _index.Match(json, matches, spent);
        return (matches.Cast<SubscribedTrigger>(), spent.Cast<SubscribedTrigger>());
    }

    /// <summary>Takes out, and then puts in.</summary>
    /// <param name="outs">Members and fields.</param>
    /// <param name="triggers">The triggers that are new.</param>
    /// <param name="fields">The fields that are new.</param>
    public void Apply(IReadOnlyCollection<string> outs, IEnumerable<SubscribedTrigger> triggers, IReadOnlyCollection<string> fields)
    {
        Remove(outs);
        foreach (var trigger in triggers)
        {
            Remove([trigger.Watch.Member]);
            _index.Add(trigger.Pattern, trigger);
            _members[trigger.Watch.Member] = trigger;
        }

        string[] gone = [.. outs.Where(TriggerSubscription.IsField).Select(TriggerSubscription.FieldOf)];
        if (gone.Length + fields.Count > 0)
        {
            _fields.ExceptWith(gone);
            _fields.UnionWith(fields);
            Fields = new FieldValueReader(_fields);
        }
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
    public SubscribedTrigger[] Expired(long now) => [.. _members.Values.Where(trigger => trigger.Watch.Expires > 0 && trigger.Watch.Expires < now).Take(MostExpired)];
}
