using EventTriggers.Triggers.Matching;

namespace EventTriggers.Triggers.Explaining;

/// <summary>Decides from the facts what a trigger does with an event, and says why.</summary>
internal static class VerdictRules
{
    private const string WhatTriggersDo = "when the event is matched";

    /// <summary>Decides.</summary>
    public static (TriggerVerdict Verdict, string Reason) Decide(MatchFacts facts) =>
        WhatIsDone(facts) ?? WhatCannotBeRead(facts) ?? WhatIsNotMatched(facts) ?? WhatIsNotShown(facts) ?? WhatFollows(facts);

    private static (TriggerVerdict, string)? WhatIsDone(MatchFacts facts) => facts.Reply.RaisedId is { Length: > 0 } raised
        ? (TriggerVerdict.Fired, $"The trigger has fired for the event, and raised event '{raised}'.")
        : null;

    private static (TriggerVerdict, string)? WhatCannotBeRead(MatchFacts facts)
    {
        if (facts.Failure is { } failure)
        {
            return (TriggerVerdict.Unreadable, $"The trigger cannot be read: {failure}");
        }

        if (facts.Roles.Count == 0)
        {
            return (TriggerVerdict.OtherType, $"The trigger has nothing to do with events of type '{facts.EventType}'.");
        }

        return facts.EventFailure is { } unreadable
            ? (TriggerVerdict.EventUnreadable, $"The event cannot be read: {unreadable}")
            : null;
    }

    private static (TriggerVerdict, string)? WhatIsNotMatched(MatchFacts facts)
    {
        var status = facts.Trigger.Status;
        if (status is TriggerStatus.Active or TriggerStatus.Paused && Cancels(facts))
        {
            return Pending(facts) ?? (TriggerVerdict.Cancels, $"The event cancels the trigger {WhatTriggersDo}.");
        }

        if (status != TriggerStatus.Active)
        {
            return (TriggerVerdict.NotActive, status switch
            {
                TriggerStatus.Paused => "The trigger is paused: it ignores the events that are matched meanwhile.",
                TriggerStatus.Canceled => "The trigger was canceled.",
                _ => "The trigger has ended: it fired for the last time, or its Until has passed.",
            });
        }

        if (facts is { IsPublished: true, Matching: null })
        {
            return (TriggerVerdict.PublishedBefore, "No trigger subscribed to the type when the event was published.");
        }

        if (facts.Roles.All(static role => role.Number is null))
        {
            return (
                TriggerVerdict.NotSubscribed,
                "The trigger does not subscribe to the type in the event's partition: adding it was interrupted. Add it again.");
        }

        return facts.Roles.Any(static role => role.HasBegun)
            ? null
            : (TriggerVerdict.PublishedBefore, "The event was published before the trigger subscribed to its type.");
    }

    private static bool Cancels(MatchFacts facts) =>
        facts.Roles.Any(static role => role.IsFound && role.Trigger.Subscription.Cancels);

    private static (TriggerVerdict, string)? WhatIsNotShown(MatchFacts facts)
    {
        if (!facts.Roles.Any(static role => role.IsFound))
        {
            return facts.Roles.Any(static role => role is { HasBegun: true, Condition.Holds: null })
                ? (TriggerVerdict.Undecided, "Comparing the event with the condition takes more than the allowed number of steps.")
                : (TriggerVerdict.PatternDiffers, Differences(facts));
        }

        if (facts.MatchFailure is { } failure)
        {
            return failure;
        }

        if (facts.Shown.Count == 0)
        {
            return (TriggerVerdict.OwnEvent, "The trigger itself led to the event, and does not fire again for it.");
        }

        if (facts.Rule is not null && facts.Keyed is null)
        {
            return (TriggerVerdict.NoKey, "The payload has no string or number in the field of the trigger's key, or of DistinctBy.");
        }

        return facts.RaiseFailure is { } raise
            ? (TriggerVerdict.RaisesTooMuch, $"The event that the trigger would raise is not allowed: {raise}")
            : null;
    }

    private static string Differences(MatchFacts facts)
    {
        var all = facts.Roles.SelectMany(static role => role.Condition.Fields).Where(static field => !field.Holds)
            .Select(static field => field.Path).Distinct(StringComparer.Ordinal).ToArray();
        return all.Length == 0
            ? "The payload does not meet the trigger's condition."
            : $"The payload does not meet the trigger's condition at {string.Join(", ", all.Take(3))}{(all.Length > 3 ? ", …" : ".")}";
    }

    private static (TriggerVerdict Verdict, string Reason) WhatFollows(MatchFacts facts) => facts.Reply.Outcome switch
    {
        "fired" => Pending(facts) ?? (TriggerVerdict.WouldFire, $"The trigger fires {WhatTriggersDo}."),
        "noted" => Pending(facts) ?? OverTimeVerdicts.Noted(facts),
        "repeated" => OverTimeVerdicts.Seen(facts),

        // It was seen before others that are much newer, and still waits.
        "late" or "crowded" when facts.Reply is { EntryScore: not null } or { AnswerScore: not null } => OverTimeVerdicts.Seen(facts),
        "throttled" => (TriggerVerdict.Throttled, "The trigger has fired as often as AtMost allows."),
        "late" => (TriggerVerdict.Late, "The event is too much older than others with the same key that were matched."),
        "crowded" => (TriggerVerdict.Crowded, "The trigger keeps state for as many values of its key as it may."),
        "early" => (TriggerVerdict.OutsideWindow, $"The event was published before {facts.Trigger.StartsAt:O}, when the trigger starts."),
        "over" => (TriggerVerdict.OutsideWindow, $"The event was published after {facts.Trigger.Until:O}, when the trigger ends."),
        "paused" or "ended" => (TriggerVerdict.NotActive, "The trigger was paused, changed or ended meanwhile."),
        "foreign" or "unreadable" => (
            TriggerVerdict.Unreadable, "The trigger's hash, or what it keeps of events, holds a value that EventTriggers did not write."),
        _ => throw new InvalidOperationException($"explain.lua answered '{facts.Reply.Outcome}'."),
    };

    private static (TriggerVerdict, string) Expired => (TriggerVerdict.EventEnded, "The event expired before it was matched.");

    // Why nothing follows of what an event would do if it were matched now; null if it will be matched.
    private static (TriggerVerdict Verdict, string Reason)? Pending(MatchFacts facts) => facts.Matching?.Status switch
    {
        DeliveryStatus.Processed => (
            TriggerVerdict.MatchedEarlier,
            "The event was matched when the trigger could not fire, or had another definition, or what was known of the event is "
            + "forgotten. It is not matched again."),
        DeliveryStatus.Canceled => (TriggerVerdict.EventEnded, "The event was canceled before it was matched."),
        DeliveryStatus.Expired => Expired,
        DeliveryStatus.Ready or DeliveryStatus.Delayed when facts.ExpiresAt?.ToUnixTimeMilliseconds() <= facts.Reply.NowMs => Expired,
        DeliveryStatus.Dead => (
            TriggerVerdict.DeadLetter,
            $"Matching the event failed, so it is a dead letter of the group '{TriggerMatcher.Group}'. {facts.Matching.Error}".TrimEnd()),
        _ => null,
    };
}
