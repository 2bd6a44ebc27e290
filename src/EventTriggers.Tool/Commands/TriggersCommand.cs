using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class TriggersCommand
{
    public static Command Create(CommandSet set)
    {
        var filters = new TriggerFilters();
        var (limit, cursor) = (PageOptions.Limit(), PageOptions.Cursor());
        var command = new Command("triggers", "Lists triggers by when they are due, by pages; or changes them.") { limit, cursor };
        filters.AddTo(command);
        set.Reads(
            command, call => RunAsync(call, filters.ToQuery(call), call.Get(cursor), call.Get(limit) ?? PageOptions.DefaultLimit));
        foreach (var change in TriggerChanges.Create(set))
        {
            command.Add(change);
        }

        return command;
    }

    private static async Task<int> RunAsync(BusCall call, TriggerQuery query, string? cursor, int limit)
    {
        var list = await TriggerList.ReadAsync(call, query, cursor, limit);
        if (call.IsJson)
        {
            return call.Json(list, ToolJson.Default.TriggersDocument);
        }

        if (list.Triggers.Count == 0)
        {
            call.Screen.Line($"There are no such triggers{(list.Cursor is null ? string.Empty : " so far")}.");
        }
        else
        {
            TriggerList.Write(call, list.Triggers);
        }

        if (list.UnreadPartitions.Count > 0)
        {
            call.Screen.Line(new Piece($"Partitions that could not be read: {string.Join(", ", list.UnreadPartitions)}.", Style.Bad));
        }

        if (list.Cursor is { } next)
        {
            call.Screen.Line(new Piece($"{Words.Count(list.Triggers.Count, "trigger", "triggers")}. More: --cursor {next}", Style.Dim));
        }

        return ExitCode.Done;
    }
}
