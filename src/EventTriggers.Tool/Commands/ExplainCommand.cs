using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class ExplainCommand
{
    public static Command Create(CommandSet set)
    {
        var trigger = new Argument<string?>("trigger") { Arity = ArgumentArity.ZeroOrOne, Description = "The trigger." };
        var id = new Argument<string?>("event") { Arity = ArgumentArity.ZeroOrOne, Description = "The event's id." };
        var type = Options.Text("--type", "type", "Explains all triggers of this wire name, for a payload that is not published.");
        var payload = Options.Text("--payload", "payload", $"That payload: {PayloadSource.Help}.");
        return set.Reads(
            new Command(
                "explain", "Says what a trigger does with an event, and why; or what all triggers of a type would do with a payload.")
            {
                trigger, id, type, payload,
            },
            call => (call.Get(trigger), call.Get(id), call.Get(type), call.Get(payload)) switch
            {
                ({ } one, { } happened, null, null) => OneAsync(call, one, happened),
                (null, null, { } name, { } json) => AllAsync(call, name, json),
                _ => throw new ToolException(
                    ExitCode.Usage, "Give a trigger and an event: et explain TRIGGER EVENT; or a type and a payload: "
                    + "et explain --type TYPE --payload JSON."),
            });
    }

    private static async Task<int> OneAsync(BusCall call, string trigger, string id)
    {
        if (await call.Bus.Triggers.ExplainAsync(trigger, id, call.Token) is not { } why)
        {
            throw await call.Bus.Triggers.FindAsync(trigger, call.Token) is null
                ? TriggerCommand.NotFound(trigger)
                : new ToolException(ExitCode.NotFound, $"There is no event '{id}': it never existed, or its retention is over.");
        }

        if (call.IsJson)
        {
            return call.Json(why, ToolJson.Default.TriggerExplanation);
        }

        ExplanationText.Write(call, why);
        return ExitCode.Done;
    }

    private static async Task<int> AllAsync(BusCall call, string type, string given)
    {
        var json = await PayloadSource.ReadAsync(call.Terminal, given, call.Token);
        var all = await call.Bus.Triggers.ExplainAsync(type, json, call.Token);
        if (call.IsJson)
        {
            return call.Json(all, ToolJson.Default.TypeExplanation);
        }

        foreach (var why in all.Triggers)
        {
            ExplanationText.Write(call, why);
        }

        call.Screen.Line(new Piece(
            all.HasMore
                ? $"These are the first {Words.Number(all.Triggers.Count)} triggers of {type}; there are more."
                : $"{Words.Count(all.Triggers.Count, "trigger", "triggers")} of {type} explained.",
            Style.Dim));
        if (all.UnreadPartitions.Count > 0)
        {
            call.Screen.Line(new Piece($"Partitions that could not be read: {string.Join(", ", all.UnreadPartitions)}.", Style.Bad));
        }

        return ExitCode.Done;
    }
}
