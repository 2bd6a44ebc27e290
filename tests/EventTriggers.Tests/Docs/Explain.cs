namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/explain.md.</summary>
internal static class Explain
{
    public static async Task OneEvent(IEventStore events)
    {
        foreach (DeliveryExplanation why in await events.ExplainAsync("order-42"))
        {
            Console.WriteLine($"{why.Group}: {why.Reason} {why.Until:O} {string.Join(", ", why.Behind)}");
        }
    }

    public static async Task OneTrigger(ITriggerStore triggers)
    {
        TriggerExplanation? why = await triggers.ExplainAsync("check-by-hand", "order-42");
        Console.WriteLine(why is null ? "There is no such trigger, or no such event." : string.Join('\n', Lines(why)));
    }

    public static async Task AllTriggers(ITriggerStore triggers)
    {
        TypeExplanation all = await triggers.ExplainAsync("login.failed", """{"user":"ann"}"""u8.ToArray());
        foreach (TriggerExplanation why in all.Triggers)
        {
            Console.WriteLine(string.Join('\n', Lines(why)));
        }
    }

    internal static IEnumerable<string> Lines(TriggerExplanation why)
    {
        yield return $"{why.Trigger.Id}: {why.Verdict}. {why.Reason}";
        foreach (FieldExplanation field in why.Conditions.SelectMany(condition => condition.Fields))
        {
            yield return $"  {(field.Holds ? "yes" : "no ")} {field.Path} is {field.Found ?? "missing"}, wanted {field.Wanted}";
        }

        if (why.OverTime is { } rule)
        {
            yield return $"  key {rule.Key}: {string.Join(", ", rule.Events.Select(one => $"{one.Id} at {one.PublishedAt:HH:mm:ss}"))}";
            if (rule.Missing > 0)
            {
                yield return $"  {rule.Missing} missing until {rule.Until:HH:mm:ss}";
            }

            if (rule.DueAt is { } due)
            {
                yield return $"  fires at {due:HH:mm:ss}";
            }
        }
    }
}
