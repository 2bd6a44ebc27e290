using System.Globalization;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows why a trigger fires, or does not.</summary>
internal static class ExplanationText
{
    public static void Write(BusCall call, TriggerExplanation why)
    {
        var screen = call.Screen;
        screen.Line(
            new Piece($"{why.Trigger.Id}: ", Style.Bold), new Piece(Words.Of(why.Verdict), StyleOf(why.Verdict)), $". {why.Reason}");
        foreach (var condition in why.Conditions)
        {
            WriteCondition(screen, condition);
        }

        if (why.OverTime is { } rule)
        {
            WriteRule(call, rule);
        }

        if (why is { SubscriptionNumber: { } own, LastSubscriptionNumber: { } last } && own > last)
        {
            screen.Line(string.Create(
                CultureInfo.InvariantCulture, $"  subscribed with number {own}; the event is matched with numbers up to {last}"));
        }

        if (why.RaisedId is { } raised)
        {
            screen.Line($"  raised {raised}{DeliveriesOf(why.Raised)}");
        }
    }

    private static void WriteCondition(Screen screen, ConditionExplanation condition)
    {
        if (condition.Role != ConditionRole.Source)
        {
            screen.Line($"  as the event that {(condition.Role == ConditionRole.Cancel ? "cancels" : "follows")}:");
        }

        foreach (var field in condition.Fields)
        {
            screen.Line(
                "  ", field.Holds ? new Piece("yes", Style.Good) : new Piece("no ", Style.Bad),
                $" {field.Path} is {field.Found ?? "missing"}, wanted {field.Wanted}");
        }
    }

    private static void WriteRule(BusCall call, OverTimeExplanation rule)
    {
        var screen = call.Screen;
        screen.Line(
            $"  {(rule.Key is { } key ? $"key {key}: " : string.Empty)}{Words.Count(rule.Events.Count, "event counts", "events count")}");
        foreach (var one in rule.Events)
        {
            screen.Line($"    {one.Id}  {Words.Moment(one.PublishedAt, call.Bus.Now)}");
        }

        Tell(rule.Missing is > 0 ? $"{rule.Missing} missing{Until(call, rule.Until)}" : null);
        Tell(rule.DueAt is { } due ? $"fires at {Words.Moment(due, call.Bus.Now)}" : null);
        Tell(rule.AnsweredBy is { } answer ? $"answered by {answer}" : null);
        Tell(rule.SameValueAs is { } same ? $"has the value of {same}" : null);
        Tell(rule.CountsAgainAt is { } again ? $"the value counts again from {Words.Moment(again, call.Bus.Now)} on" : null);
        Tell(rule.FreeAt is { } free ? $"may fire again from {Words.Moment(free, call.Bus.Now)} on" : null);
        Tell(rule.MayHaveForgotten ? "earlier events may have been forgotten" : null);

        void Tell(string? text)
        {
            if (text is not null)
            {
                screen.Line($"  {text}");
            }
        }
    }

    private static string Until(BusCall call, DateTimeOffset? until) =>
        until is { } moment ? $" until {Words.Moment(moment, call.Bus.Now)}" : string.Empty;

    private static string DeliveriesOf(EventRecord? raised) => raised is null
        ? string.Empty
        : $": {string.Join(", ", raised.Deliveries.Select(static one => $"{one.Group} {Words.Of(one.Status)}"))}";

    private static Style StyleOf(TriggerVerdict verdict) => verdict switch
    {
        TriggerVerdict.WouldFire or TriggerVerdict.Fired => Style.Good,
        TriggerVerdict.Incomplete or TriggerVerdict.Waits or TriggerVerdict.Answers or TriggerVerdict.Cancels => Style.Bold,
        _ => Style.Warning,
    };
}
