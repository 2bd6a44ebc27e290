namespace EventTriggers.Triggers.OverTime;

/// <summary>Adds a recorded rule over time to a trigger.</summary>
internal static class RecordedOverTime
{
    // Stands for a field while the builder checks the rest; the recorded pointer replaces it.
    private const string AnyField = "x";

    /// <exception cref="ArgumentException">A value is missing, or not allowed.</exception>
    public static TriggerOn AddTo(TriggerOn on, OverTimeRecord rule)
    {
        ThrowIfOfOtherKind(rule);
        on = rule.Kind switch
        {
            OverTimeKind.Each => on,
            OverTimeKind.Count => on.Count(Required(rule.Count, nameof(rule.Count))).Within(SpanOf(rule)),
            OverTimeKind.FollowedBy => on.FollowedBy(NextOf(rule), next => Next(next, rule)).Within(SpanOf(rule)),
            OverTimeKind.NotFollowedBy => on.NotFollowedBy(NextOf(rule), next => Next(next, rule)).Within(SpanOf(rule)),
            OverTimeKind.Debounce => on.Debounce(SpanOf(rule), rule.MaxWait),
            _ => throw new ArgumentException($"The rule over time is of kind {rule.Kind}, which is unknown.", nameof(rule)),
        };
        on = rule.AtMost is { } most ? on.AtMost(most, Required(rule.AtMostSpan, nameof(rule.AtMostSpan))) : on;
        on = rule.DistinctBy is null ? on : on.DistinctBy(AnyField, Required(rule.DistinctSpan, nameof(rule.DistinctSpan)));
        return new TriggerOn(on.Definition with { OverTime = WithFields(on.Definition.OverTime ?? new(), rule) });
    }

    private static OverTimeDefinition WithFields(OverTimeDefinition definition, OverTimeRecord rule) => definition with
    {
        Per = PointerOf(rule.Per, nameof(rule.Per)),
        NextPer = PointerOf(rule.NextPer, nameof(rule.NextPer)),
        Distinct = PointerOf(rule.DistinctBy, nameof(rule.DistinctBy)),
        NextType = rule.NextType is { } next ? RecordedTrigger.NamesOf(next, rule.NextAliases) : null,
    };

    private static FollowingEvent Next(FollowingEvent next, OverTimeRecord rule) =>
        rule.NextPattern is { } pattern ? next.Matching(pattern) : next;

    private static FieldSelector? PointerOf(string? pointer, string name) =>
        pointer is null ? null : FieldSelector.FromPointer(pointer, name);

    private static string NextOf(OverTimeRecord rule) => rule.NextType
        ?? throw new ArgumentException($"A rule over time of kind {rule.Kind} needs {nameof(rule.NextType)}.", nameof(rule));

    private static TimeSpan SpanOf(OverTimeRecord rule) => Required(rule.Span, nameof(rule.Span));

    private static void ThrowIfOfOtherKind(OverTimeRecord rule)
    {
        var hasNext = rule.Kind is OverTimeKind.FollowedBy or OverTimeKind.NotFollowedBy;
        (string Name, bool IsWrong)[] values =
        [
            (nameof(rule.Count), rule.Count is not null && rule.Kind != OverTimeKind.Count),
            (nameof(rule.Span), rule.Span is not null && rule.Kind == OverTimeKind.Each),
            (nameof(rule.MaxWait), rule.MaxWait is not null && rule.Kind != OverTimeKind.Debounce),
            (nameof(rule.NextType), rule.NextType is not null && !hasNext),
            (nameof(rule.NextAliases), rule.NextAliases.Count > 0 && !hasNext),
            (nameof(rule.NextPattern), rule.NextPattern is not null && !hasNext),
            (nameof(rule.NextPer), rule.NextPer is not null && !hasNext),
            (nameof(rule.DistinctSpan), rule.DistinctSpan is not null && rule.DistinctBy is null),
            (nameof(rule.AtMostSpan), rule.AtMostSpan is not null && rule.AtMost is null),
        ];
        if (values.FirstOrDefault(static value => value.IsWrong).Name is { } wrong)
        {
            throw new ArgumentException($"A rule over time of kind {rule.Kind} has no {wrong} here.", nameof(rule));
        }
    }

    private static T Required<T>(T? value, string name)
        where T : struct => value ?? throw new ArgumentException($"The rule over time needs {name}.", nameof(value));
}
