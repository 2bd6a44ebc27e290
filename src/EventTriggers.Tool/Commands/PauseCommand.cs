using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class PauseCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group." };
        var until = Options.Moment("--until", "The pause ends by itself at this moment. Default: when the group is resumed.");
        var length = Options.Length("--for", "The pause ends by itself after this time.");
        var reason = Options.Text("--reason", "text", "Why, for others to see; at most 1000 characters.");
        return set.Changes(
            new Command("pause", "Pauses a group: its deliveries wait, and what runs is finished.") { group, until, length, reason },
            call => RunAsync(call, call.Get(group)!, EndOf(call, call.Get(until), call.Get(length)), call.Get(reason)));
    }

    private static async Task<int> RunAsync(BusCall call, string name, DateTimeOffset? until, string? reason)
    {
        var group = await GroupChoice.FindAsync(call, name);
        if (until <= call.Bus.Now)
        {
            throw new ToolException(
                ExitCode.Usage, $"The pause must end in the future, but ends at {Words.Moment(until.Value, call.Bus.Now)}.");
        }

        var end = until is { } moment ? $"until {Words.Moment(moment, call.Bus.Now)}" : "until it is resumed";
        await call.ConfirmAsync(
            $"Pause group '{name}' {end}? {Words.Count(group.Counts.Ready, "delivery is", "deliveries are")} ready, "
            + $"{Words.Number(group.Counts.Leased)} run.");
        var outcome = await call.Bus.Groups.PauseAsync(
            name, new PauseOptions { Until = until, Reason = reason, By = call.Terminal.User }, call.Token);
        return await call.ReportAsync(
            Change.OfGroup(outcome, $"Group '{name}' is paused {end}. To end the pause: et resume {name}"), "pause group", name, reason);
    }

    private static DateTimeOffset? EndOf(BusCall call, MomentText? until, TimeSpan? length) => (until, length) switch
    {
        ({ }, { }) => throw new ToolException(ExitCode.Usage, "--until and --for exclude each other: give one of them."),
        (_, { } span) => call.Bus.Now + span,
        _ => until?.After(call.Bus.Now),
    };
}
