using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class ResumeCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group." };
        return set.Changes(
            new Command("resume", "Ends the pause of a group.") { group }, call => RunAsync(call, call.Get(group)!));
    }

    private static async Task<int> RunAsync(BusCall call, string name)
    {
        var group = await GroupChoice.FindAsync(call, name);
        await call.ConfirmAsync(
            $"Resume group '{name}'? {Words.Count(group.Counts.Ready, "delivery is", "deliveries are")} ready.");
        var wasPaused = group.Pause is not null;
        var outcome = await call.Bus.Groups.ResumeAsync(name, call.Token);
        return await call.ReportAsync(
            Change.OfGroup(outcome, wasPaused ? $"Group '{name}' goes on." : $"Group '{name}' was not paused."), "resume group", name);
    }
}
