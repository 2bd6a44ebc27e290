using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class DeliveriesCommand
{
    public static Command Create(CommandSet set)
    {
        var filters = new EventFilters();
        var (limit, cursor) = (PageOptions.Limit(), PageOptions.Cursor());
        var command = new Command("deliveries", "Lists the deliveries of a group, newest first, by pages.") { limit, cursor };
        filters.AddTo(command, withStatus: true);
        return set.Reads(command, async call =>
        {
            var group = await GroupChoice.ResolveAsync(call, filters.GroupOf(call));
            var query = filters.ToQuery(call, group, filters.StatusOf(call));
            return await RunAsync(call, query, call.Get(cursor), call.Get(limit) ?? PageOptions.DefaultLimit);
        });
    }

    private static async Task<int> RunAsync(BusCall call, EventQuery query, string? cursor, int limit)
    {
        var list = await EventList.ReadAsync(
            call, (next, most) => call.Bus.Events.ListAsync(query, next, most, call.Token), cursor, limit, query.Group);
        if (call.IsJson)
        {
            return call.Json(list, ToolJson.Default.EventsDocument);
        }

        if (list.Events.Count == 0)
        {
            call.Screen.Line($"Group {query.Group} has no such deliveries{(list.Cursor is null ? string.Empty : " so far")}.");
        }
        else
        {
            EventList.Write(call, list.Events, query.Group);
        }

        EventList.WriteEnd(call, list);
        return ExitCode.Done;
    }
}
