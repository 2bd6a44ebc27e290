using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class ConcurrencyCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group." };
        var count = Options.Number("--count", 1, 100_000, "How many deliveries all processes together handle at a time.");
        var reset = Options.Flag("--reset", "Ends what was set: each process handles as many as it is configured with.");
        return set.Changes(
            new Command("concurrency", "Sets how many deliveries of a group all processes together handle at a time, until it is reset.")
            {
                group, count, reset,
            },
            call => (call.Get(count), call.Get(reset)) switch
            {
                (null, true) => ResetAsync(call, call.Get(group)!),
                ({ } most, false) => SetAsync(call, call.Get(group)!, most),
                _ => throw new ToolException(ExitCode.Usage, "Give one of --count and --reset."),
            });
    }

    private static async Task<int> SetAsync(BusCall call, string name, int count)
    {
        var group = await GroupChoice.FindAsync(call, name);
        await call.ConfirmAsync(
            $"Let all processes together handle {Words.Count(count, "delivery", "deliveries")} of group '{name}' at a time? "
            + $"Now: {StateOf(group)}.");
        var outcome = await call.Bus.Groups.SetConcurrencyAsync(name, count, call.Terminal.User, call.Token);
        return await call.ReportAsync(
            Change.OfGroup(
                outcome,
                $"All processes together handle {Words.Count(count, "delivery", "deliveries")} of group '{name}' at a time. "
                + $"To end that: et concurrency {name} --reset"),
            "set concurrency", name, Words.Number(count));
    }

    private static async Task<int> ResetAsync(BusCall call, string name)
    {
        var group = await GroupChoice.FindAsync(call, name);
        await call.ConfirmAsync(
            $"Let each process handle as many deliveries of group '{name}' at a time as it is configured with? Now: {StateOf(group)}.");
        var outcome = await call.Bus.Groups.SetConcurrencyAsync(name, concurrency: null, call.Terminal.User, call.Token);
        return await call.ReportAsync(
            Change.OfGroup(outcome, $"Each process handles as many deliveries of group '{name}' at a time as it is configured with."),
            "reset concurrency", name);
    }

    private static string StateOf(GroupRecord group)
    {
        var consumers = group.Consumers.SelectMany(static consumer => consumer.Groups).Where(one => one.Group == group.Name).ToArray();
        return $"{Words.Count(consumers.Length, "process", "processes")}, {Words.Number(consumers.Sum(static one => one.Concurrency))} "
            + $"in all, of which {Words.Number(consumers.Sum(static one => one.Busy))} were busy";
    }
}
