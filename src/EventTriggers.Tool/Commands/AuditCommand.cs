using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class AuditCommand
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 1000;

    public static Command Create(CommandSet set)
    {
        var limit = Options.Number("--limit", 1, MaxLimit, "Shows at most this many. Default: 50.");
        return set.Reads(
            new Command("audit", "Shows what operators changed, with the tool or the dashboard, newest first.") { limit },
            call => RunAsync(call, call.Get(limit) ?? DefaultLimit));
    }

    private static async Task<int> RunAsync(BusCall call, int limit)
    {
        var entries = await call.Bus.Audit.ListAsync(limit, call.Token);
        if (call.IsJson)
        {
            return call.Json(new AuditDocument { Entries = entries }, ToolJson.Default.AuditDocument);
        }

        if (entries.Count == 0)
        {
            call.Screen.Line("No operator has changed anything.");
            return ExitCode.Done;
        }

        var table = new Table(
            new Column("WHEN"), new("BY", Narrowest: 8), new("WHAT"), new("TARGET", Narrowest: 12), new("OUTCOME", Narrowest: 8),
            new("DETAILS", Narrowest: 12, IsOptional: true));
        foreach (var record in entries)
        {
            var entry = record.Entry;
            table.Add(
                Words.Moment(record.At), entry.By ?? "-", entry.Action, entry.Target, entry.Outcome ?? "-",
                record.Unreadable ?? entry.Details ?? string.Empty);
        }

        table.WriteTo(call.Screen);
        return ExitCode.Done;
    }
}
