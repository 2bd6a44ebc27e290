using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class RemoveCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group." };
        var force = Options.Flag("--force", "Removes it although consumers handle types of the group.");
        return set.Changes(
            new Command("remove", "Removes a group that was renamed or is gone, with its deliveries. There is no way back.") 
            {
                group, force,
            },
            call => RunAsync(call, call.Get(group)!, call.Get(force)));
    }

    private static async Task<int> RunAsync(BusCall call, string name, bool force)
    {
        var counts = (await GroupChoice.FindAsync(call, name)).Counts;
        await call.ConfirmAsync(
            $"Remove group '{name}', with {Words.Number(counts.Ready + counts.Delayed + counts.Leased)} deliveries that wait and "
            + $"{Words.Count(counts.Dead, "dead letter", "dead letters")}? It cannot be undone.");
        using var progress = new Progress(call.Terminal);
        progress.Show("removing …");
        var outcome = await call.Bus.Groups.RemoveAsync(name, force, call.Token);
        progress.Dispose();
        return await call.ReportAsync(Change.Of(outcome, $"Nothing of group '{name}' is left."), "remove group", name);
    }
}
