namespace EventTriggers;

/// <summary>An event that a trigger over time is shown, for one value of its key.</summary>
/// <param name="Trigger">The trigger.</param>
/// <param name="Key">Names the value of the key.</param>
/// <param name="Roles">In which roles: 'a' for what it waits for, 'b' for what follows or answers.</param>
/// <param name="Distinct">Names the value that may come once in a while; '' where that does not matter.</param>
internal sealed record Observation(WatchedTrigger Trigger, string Key, string Roles, string Distinct)
{
    private const string Everything = "-";

    /// <summary>Gets what it is called among what waits for a moment, and in keys.</summary>
    public string Member => $"{Trigger.Watch.Id}#{Trigger.Watch.Version}#{Key}";

    /// <summary>Gets what the triggers that an event matched are shown. One that has no value for a key is passed over.</summary>
    public static IReadOnlyList<Observation> Of(IEnumerable<WatchedTrigger> triggers, ReadOnlyMemory<byte> json) =>
    [
        .. triggers.Where(static trigger => trigger.Rule is not null).Select(trigger => Of(trigger, json.Span)).OfType<Observation>()
            .GroupBy(static one => one.Member, StringComparer.Ordinal)
            .Select(static same => same.First() with { Roles = string.Concat(same.Select(static one => one.Roles).Order(StringComparer.Ordinal)), Distinct = same.Max(static one => one.Distinct)! }),
    ];

    private static Observation? Of(WatchedTrigger trigger, ReadOnlySpan<byte> json)
    {
        var (rule, isFirst) = (trigger.Rule!, trigger.Watch.Role == WatchRole.First);
        var field = isFirst ? rule.Per : rule.NextPer ?? rule.Per;
        var key = field is null ? Everything : ValueOf(field, json);
        var distinct = isFirst && rule.Distinct is { } of ? ValueOf(of, json) : string.Empty;
        return key is null || distinct is null ? null : new Observation(trigger, key, isFirst ? "a" : "b", distinct);
    }

    private static string? ValueOf(string field, ReadOnlySpan<byte> json)
    {
        foreach (var value in Lookup.Read(json, [field]))
        {
            // By the value alone: it may be called otherwise elsewhere.
            return (value with { Field = string.Empty }).KeyFor(string.Empty);
        }

        return null;
    }
}
