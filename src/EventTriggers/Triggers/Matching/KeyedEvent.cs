namespace EventTriggers.Triggers.Matching;

/// <summary>An event that a trigger over time observes, for one value of its key.</summary>
/// <param name="Trigger">The trigger.</param>
/// <param name="Key">The name of the key's value.</param>
/// <param name="Roles">The event's roles: 'a' where the trigger waits for it, 'b' where it follows or answers.</param>
/// <param name="Distinct">The name of the value that counts once in a while; empty where each event counts.</param>
internal sealed record KeyedEvent(SubscribedTrigger Trigger, string Key, string Roles, string Distinct)
{
    private const string Everything = "-";

    /// <summary>Gets the name of the trigger and the value, in keys and among what waits for a moment.</summary>
    public string Member => $"{Trigger.Subscription.Id}#{Trigger.Subscription.Version}#{Key}";

    /// <summary>
    /// Lists what the triggers that an event matched observe. A trigger is skipped where the event has no value for its key.
    /// </summary>
    /// <param name="triggers">Triggers over time.</param>
    /// <param name="json">The event's payload.</param>
    public static IReadOnlyList<KeyedEvent> FromMatches(IReadOnlyCollection<SubscribedTrigger> triggers, ReadOnlyMemory<byte> json)
    {
        var fields = triggers.SelectMany(static trigger => (string?[])[KeyFieldOf(trigger), DistinctFieldOf(trigger)]).OfType<string>();
        var values = ReadValues(fields, json);
        return
        [
            .. triggers.Select(trigger => Find(trigger, values)).OfType<KeyedEvent>()
                .GroupBy(static one => one.Member, StringComparer.Ordinal).Select(Merge),
        ];
    }

    // A trigger that both waits for the event and is answered by it observes it once.
    private static KeyedEvent Merge(IEnumerable<KeyedEvent> same) => same.First() with
    {
        Roles = string.Concat(same.Select(static one => one.Roles).Order(StringComparer.Ordinal)),
        Distinct = same.Max(static one => one.Distinct)!,
    };

    private static KeyedEvent? Find(SubscribedTrigger trigger, Dictionary<string, string> values)
    {
        var (key, distinct) = (Everything, string.Empty);
        var hasKey = KeyFieldOf(trigger) is not { } keyField || values.TryGetValue(keyField, out key!);
        var isDistinct = DistinctFieldOf(trigger) is not { } distinctField || values.TryGetValue(distinctField, out distinct!);
        return hasKey && isDistinct ? new KeyedEvent(trigger, key, IsFirst(trigger) ? "a" : "b", distinct) : null;
    }

    private static bool IsFirst(SubscribedTrigger trigger) => trigger.Subscription.Role == SubscriptionRole.First;

    private static string? KeyFieldOf(SubscribedTrigger trigger) =>
        IsFirst(trigger) ? trigger.Rule!.Per : trigger.Rule!.NextPer ?? trigger.Rule.Per;

    private static string? DistinctFieldOf(SubscribedTrigger trigger) => IsFirst(trigger) ? trigger.Rule!.Distinct : null;

    // The first of several values counts. The name is made of the value alone: the field may have another name in another type.
    private static Dictionary<string, string> ReadValues(IEnumerable<string> fields, ReadOnlyMemory<byte> json) =>
        new FieldValueReader(fields.Distinct(StringComparer.Ordinal)).ReadFirst(json).ToDictionary(
            static one => one.Key, static one => (one.Value with { Field = string.Empty }).ToHash(string.Empty), StringComparer.Ordinal);
}
