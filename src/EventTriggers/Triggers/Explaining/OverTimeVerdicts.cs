namespace EventTriggers.Triggers.Explaining;

/// <summary>Says what a rule over time makes of an event that counts, or has counted.</summary>
internal static class OverTimeVerdicts
{
    /// <summary>Decides about an event that the rule would note.</summary>
    public static (TriggerVerdict Verdict, string Reason) Noted(MatchFacts facts) => facts.Rule!.Kind switch
    {
        OverTimeKind.NotFollowedBy when facts.Reply.EntryScore >= 0 => Waits,
        OverTimeKind.NotFollowedBy when facts.Reply.EntryScore < 0 => Answered,
        OverTimeKind.NotFollowedBy => (TriggerVerdict.Answers, "The event answers those that wait: the trigger does not fire for them."),
        OverTimeKind.Debounce => Waits,
        _ => Incomplete,
    };

    /// <summary>Decides about an event that the rule has seen, and that has raised nothing.</summary>
    public static (TriggerVerdict Verdict, string Reason) Seen(MatchFacts facts)
    {
        var reply = facts.Reply;
        if (reply.SameValue is { } same)
        {
            return (TriggerVerdict.SameValue, $"Event '{same.Id}' with the same value counted shortly before or after.");
        }

        if (reply.EntryScore is null && reply.AnswerScore is null)
        {
            return (TriggerVerdict.Fired, "The trigger has fired for the event.");
        }

        if (facts.Rule!.Kind == OverTimeKind.NotFollowedBy)
        {
            return reply.EntryScore is >= 0 ? Waits
                : reply.Answer is not null && reply.EntryScore is not null ? Answered
                : reply.EntryScore is not null ? Used
                : Noted(facts);
        }

        return reply is { EntryScore: >= 0 } or { AnswerScore: >= 0 }
            ? facts.Rule.Kind == OverTimeKind.Debounce ? Waits : Incomplete
            : Used;
    }

    private static (TriggerVerdict, string) Incomplete =>
        (TriggerVerdict.Incomplete, "The event counts, and the rule over time needs further events.");

    private static (TriggerVerdict, string) Waits =>
        (TriggerVerdict.Waits, "The event waits for its moment, and the trigger fires then, unless another event comes before.");

    private static (TriggerVerdict, string) Answered =>
        (TriggerVerdict.Answered, "Another event answers the event, so the trigger does not fire for it.");

    private static (TriggerVerdict, string) Used =>
        (TriggerVerdict.Used, "The event counted before: the trigger fired with it and another event, or it was passed over.");
}
