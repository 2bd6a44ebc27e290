using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class StatusCommand
{
    public static Command Create(CommandSet set) => set.Reads(
        new Command("status", "Shows what is wrong now, and the groups with their counts and rates. Ends with 3 if something is wrong."),
        RunAsync);

    private static async Task<int> RunAsync(BusCall call)
    {
        var overview = await Overview.ReadAsync(call.Bus, call.Token);
        var findings = FindingRules.Find(overview, call.Bus.Now);
        var code = findings.Any(static finding => finding.Level >= Level.Warning) ? ExitCode.Trouble : ExitCode.Done;
        if (call.IsJson)
        {
            return call.Json(ToDocument(call, overview, findings), ToolJson.Default.StatusDocument, code);
        }

        var bus = call.Bus;
        call.Screen.Line(
            new Piece($"Bus {bus.Settings.Prefix} at {bus.Settings.Address}", Style.Bold),
            $" · {Words.Count(bus.Meta!.Partitions, "partition", "partitions")} · "
            + $"{Words.Count(overview.Consumers.Count, "consumer", "consumers")} · {Words.Moment(bus.Now)}");
        call.Screen.Line();
        FindingList.Write(call.Screen, findings, "Nothing is wrong.");
        call.Screen.Line();
        GroupTable.Write(call.Screen, overview.Groups);
        return code;
    }

    private static StatusDocument ToDocument(BusCall call, Overview overview, IReadOnlyList<Finding> findings) => new()
    {
        At = call.Bus.Now,
        Server = call.Bus.Settings.Address,
        Prefix = call.Bus.Settings.Prefix,
        Partitions = call.Bus.Meta!.Partitions,
        Findings = findings,
        Groups = overview.Groups,
        Unrouted = overview.Unrouted,
        Consumers = overview.Consumers.Count,
    };
}
