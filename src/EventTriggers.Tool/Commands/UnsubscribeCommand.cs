using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class UnsubscribeCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group." };
        var type = new Argument<string>("type") { Description = "The wire name." };
        var force = Options.Flag("--force", "Does it although consumers handle the type; within a minute they subscribe it again.");
        return set.Changes(
            new Command("unsubscribe", "Unsubscribes a group from a type that it no longer handles. What it has of the type stays.")
            {
                group, type, force,
            },
            call => RunAsync(call, call.Get(group)!, call.Get(type)!, call.Get(force)));
    }

    private static async Task<int> RunAsync(BusCall call, string name, string type, bool force)
    {
        var group = await GroupChoice.FindAsync(call, name);
        if (!group.Types.Contains(type, StringComparer.Ordinal))
        {
            throw new ToolException(
                ExitCode.NotFound,
                $"Group '{name}' has not subscribed to '{type}'. It has subscribed to: {string.Join(", ", group.Types)}.");
        }

        await call.ConfirmAsync($"Unsubscribe group '{name}' from {type}? It gets no further events of the type.");
        var outcome = await call.Bus.Groups.UnsubscribeAsync(name, type, force, call.Token);
        return await call.ReportAsync(
            Change.Of(outcome, $"Group '{name}' gets no further events of type {type}."), "unsubscribe group", name, type);
    }
}
