namespace EventTriggers.Dashboard.Api;

/// <summary>What a trigger does with an event, and why, as far as it may be seen.</summary>
internal sealed class ExplanationView
{
    public required TriggerVerdict Verdict { get; init; }

    public required string Reason { get; init; }

    /// <summary>Gets the conditions; <see langword="null"/> if payloads must not be seen.</summary>
    public IReadOnlyList<ConditionView>? Conditions { get; init; }

    /// <summary>Gets the value of the trigger's key.</summary>
    public string? Key { get; init; }

    public IReadOnlyList<CountedEvent>? Events { get; init; }

    public int? Missing { get; init; }

    public DateTimeOffset? Until { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? FreeAt { get; init; }

    public string? AnsweredBy { get; init; }

    public string? SameValueAs { get; init; }

    public string? RaisedId { get; init; }

    public static ExplanationView From(TriggerExplanation explanation, PayloadViews payloads) => new()
    {
        Verdict = explanation.Verdict,
        Reason = explanation.Reason,
        Conditions = payloads.IsAllowed
            ? [.. explanation.Conditions.Select(condition => ViewOf(condition, payloads))]
            : null,
        Key = explanation.Trigger.OverTime?.Per is { } per ? payloads.ValueAt(per, explanation.OverTime?.Key) : null,
        Events = explanation.OverTime?.Events,
        Missing = explanation.OverTime?.Missing,
        Until = explanation.OverTime?.Until,
        DueAt = explanation.OverTime?.DueAt,
        FreeAt = explanation.OverTime?.FreeAt,
        AnsweredBy = explanation.OverTime?.AnsweredBy,
        SameValueAs = explanation.OverTime?.SameValueAs,
        RaisedId = explanation.RaisedId,
    };

    private static ConditionView ViewOf(ConditionExplanation condition, PayloadViews payloads) => new()
    {
        Role = condition.Role,
        Holds = condition.Holds,
        Fields =
        [
            .. condition.Fields.Select(field => new FieldView
            {
                Path = field.Path,
                Wanted = payloads.WantedAt(field.Path, field.Wanted),
                Found = payloads.ValueAt(field.Path, field.Found),
                Holds = field.Holds,
            }),
        ],
    };
}
