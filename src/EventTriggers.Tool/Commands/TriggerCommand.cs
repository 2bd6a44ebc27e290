using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class TriggerCommand
{
    private const int DefaultNext = 5;
    private const int MostNext = 1000;

    public static Command Create(CommandSet set)
    {
        var id = new Argument<string>("id") { Description = "The trigger." };
        var next = Options.Number("--next", 0, MostNext, "Shows this many coming occurrences. Default: 5.");
        return set.Reads(
            new Command("trigger", "Shows a trigger: when it fires, what it publishes, what is due, and when it fired.") { id, next },
            call => RunAsync(call, call.Get(id)!, call.Get(next) ?? DefaultNext));
    }

    public static ToolException NotFound(string id) => new(
        ExitCode.NotFound, $"There is no trigger '{id}': it never existed, or its retention is over.");

    private static async Task<int> RunAsync(BusCall call, string id, int next)
    {
        var trigger = await call.Bus.Triggers.FindAsync(id, call.Token) ?? throw NotFound(id);
        var recurs = trigger.Kind is TriggerKind.Every or TriggerKind.Cron;
        var document = new TriggerDocument
        {
            Trigger = trigger,
            Next = recurs && next > 0 && trigger is { Unreadable: null, Error: null, DueAt: not null } ? trigger.Preview(next) : [],
            History = recurs ? await call.Bus.Triggers.HistoryAsync(id, call.Token) : [],
        };
        if (call.IsJson)
        {
            return call.Json(document, ToolJson.Default.TriggerDocument);
        }

        TriggerDetails.Write(call, document);
        return ExitCode.Done;
    }
}
