using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class EventCommand
{
    public static Command Create(CommandSet set)
    {
        var id = new Argument<string>("id") { Description = "The event's id." };
        var traces = Options.Flag("--traces", "Shows the stack traces of failed attempts.");
        return set.Reads(
            new Command("event", "Shows an event: payload, headers, where it comes from, and its deliveries with their attempts.") 
            {
                id, traces,
            },
            call => RunAsync(call, call.Get(id)!, call.Get(traces)));
    }

    private static async Task<int> RunAsync(BusCall call, string id, bool traces)
    {
        var found = await call.Bus.Events.FindAsync(id, call.Token) ?? throw new ToolException(
            ExitCode.NotFound, $"There is no event '{id}': it never existed, or its retention is over.");
        if (call.IsJson)
        {
            return call.Json(found, ToolJson.Default.EventRecord);
        }

        EventDetails.Write(call, found, await call.Bus.Events.ExplainAsync(id, call.Token), traces);
        return ExitCode.Done;
    }
}
