namespace EventTriggers.Triggers.Matching;

/// <summary>An event that a trigger over time is shown, for one value of its key.</summary>
/// <param name="Trigger">The trigger.</param>
/// <param name="Key">Names the value of the key.</param>
/// <param name="Roles">In which roles: 'a' for what it waits for, 'b' for what follows or answers.</param>
/// <param name="Distinct">Names the value that may come once in a while; '' where that does not matter.</param>
internal sealed record KeyedEvent(SubscribedTrigger Trigger, string Key, string Roles, string Distinct)
{
    private const string Everything = "-";

    /// <summary>Gets what it is called among what waits for a moment, and in keys.</summary>
    public string Member => $"{Trigger.Watch.Id}#{Trigger.Watch.Version}#{Key}";

    /// <summary>Gets what the triggers that an event matched are shown. One that has no value for a key is passed over.</summary>
    /// <param name="triggers">Triggers over time.</param>
    /// <param name="json">The event's payload.</param>
    public static IReadOnlyList<KeyedEvent> Of(IReadOnlyCollection<SubscribedTrigger> triggers, ReadOnlyMemory<byte> json)
    {
        var values = ValuesOf(triggers.SelectMany(static trigger => (string?[])[KeyOf(trigger), DistinctOf(trigger)]).OfType<string>(), json);
        return
        [
            .. triggers.Select(trigger => Of(trigger, values)).OfType<KeyedEvent>().GroupBy(static one => one.Member, StringComparer.Ordinal)
                .Select(static same => same.First() with { Roles = string.Concat(same.Select(static one => one.Roles).Order(StringComparer.Ordinal)), Distinct = same.Max(static one => one.Distinct)! }),
        ];
    }

    private static KeyedEvent? Of(SubscribedTrigger trigger, Dictionary<string, string> values)
    {
        var (key, distinct) = (Everything, string.Empty);
        return (KeyOf(trigger) is not { } per || values.TryGetValue(per, out key!)) && (DistinctOf(trigger) is not { } of || values.TryGetValue(of, out distinct!))
            ? new KeyedEvent(trigger, key, trigger.Watch.Role == SubscriptionRole.First ? "a" : "b", distinct)
            : null;
    }

    private static string? KeyOf(SubscribedTrigger trigger) =>
        trigger.Watch.Role == SubscriptionRole.First ? trigger.Rule!.Per : trigger.Rule!.NextPer ?? trigger.Rule.Per;

    private static string? DistinctOf(SubscribedTrigger trigger) => trigger.Watch.Role == SubscriptionRole.First ? trigger.Rule!.Distinct : null;

    // Of several values the first counts. It goes by the value alone: the field may be called otherwise elsewhere.
    private static Dictionary<string, string> ValuesOf(IEnumerable<string> fields, ReadOnlyMemory<byte> json) =>
        new FieldValueReader(fields.Distinct(StringComparer.Ordinal)).ReadFirst(json)
            .ToDictionary(static value => value.Key, static value => (value.Value with { Field = string.Empty }).KeyFor(string.Empty), StringComparer.Ordinal);
}
