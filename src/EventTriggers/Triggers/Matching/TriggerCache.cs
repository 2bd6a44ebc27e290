using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// The triggers of a type that a process caches, and the fields by whose values others are looked up. It is not for several threads while
/// it changes.
/// </summary>
internal sealed class TriggerCache
{
    private const int MostExpired = 500;

    private readonly Dictionary<string, SubscribedTrigger> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fields = new(StringComparer.Ordinal);
    private readonly PatternIndex _index = new();

    /// <summary>Gets the reader of the fields by whose values triggers are looked up.</summary>
    public FieldValueReader Fields { get; private set; } = new([]);

    public IReadOnlyCollection<string> FieldNames => _fields;

    public bool IsEmpty => _members.Count == 0 && _fields.Count == 0;

    /// <summary>
    /// Finds the triggers whose condition an event satisfies, and those for which deciding that would take too many steps.
    /// </summary>
    /// <exception cref="System.Text.Json.JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public (IEnumerable<SubscribedTrigger> Matches, IEnumerable<SubscribedTrigger> Undecided) Match(ReadOnlySpan<byte> json)
    {
        var (matches, undecided) = (new List<PatternEntry>(), new List<PatternEntry>());
        _index.Match(json, matches, undecided);
        return (matches.Cast<SubscribedTrigger>(), undecided.Cast<SubscribedTrigger>());
    }

    /// <summary>Removes, and then adds.</summary>
    /// <param name="removed">Members and fields.</param>
    /// <param name="triggers">The new triggers.</param>
    /// <param name="fields">The new fields.</param>
    public void Apply(IReadOnlyCollection<string> removed, IEnumerable<SubscribedTrigger> triggers, IReadOnlyCollection<string> fields)
    {
        Remove(removed);
        foreach (var trigger in triggers)
        {
            Remove([trigger.Subscription.Member]);
            _index.Add(trigger.Pattern, trigger);
            _members[trigger.Subscription.Member] = trigger;
        }

        string[] removedFields = [.. removed.Where(TriggerSubscription.IsField).Select(TriggerSubscription.FieldOf)];
        if (removedFields.Length + fields.Count > 0)
        {
            _fields.ExceptWith(removedFields);
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

    /// <summary>Lists some of the triggers whose subscription has expired.</summary>
    public SubscribedTrigger[] FindExpired(long now) =>
        [.. _members.Values.Where(trigger => trigger.Subscription.Expires > 0 && trigger.Subscription.Expires < now).Take(MostExpired)];
}
