using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Commands;

internal static class ConsumersCommand
{
    public static Command Create(CommandSet set) => set.Reads(
        new Command("consumers", "Shows the processes that consume, as they reported within the last minute."), static async call =>
    {
        var consumers = await call.Bus.Groups.ListConsumersAsync(call.Token);
        if (call.IsJson)
        {
            return call.Json(new ConsumersDocument { Consumers = consumers }, ToolJson.Default.ConsumersDocument);
        }

        ConsumerTable.Write(call, consumers, only: null);
        return ExitCode.Done;
    });
}
