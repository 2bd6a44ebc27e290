using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class UnroutedCommand
{
    public static Command Create(CommandSet set)
    {
        var type = new Argument<string?>("type")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The wire name whose events are listed. Default: all types are counted.",
        };
        var discard = Options.Flag("--discard", "Gives up the events of the type.");
        var (limit, cursor) = (PageOptions.Limit(), PageOptions.Cursor());
        return set.Changes(
            new Command("unrouted", "Shows events that no group has taken. They wait for the first group that handles their type.")
            {
                type, discard, limit, cursor,
            },
            call => (call.Get(type), call.Get(discard)) switch
            {
                (null, true) => throw new ToolException(ExitCode.Usage, "Say which type's events to discard: et unrouted TYPE --discard"),
                (null, _) => CountAsync(call),
                ({ } one, true) => DiscardAsync(call, one),
                ({ } one, _) => ListAsync(call, one, call.Get(cursor), call.Get(limit) ?? PageOptions.DefaultLimit),
            });
    }

    private static async Task<int> CountAsync(BusCall call)
    {
        var unrouted = await call.Bus.Events.CountUnroutedAsync(call.Token);
        if (call.IsJson)
        {
            return call.Json(new UnroutedDocument { Unrouted = unrouted }, ToolJson.Default.UnroutedDocument);
        }

        if (unrouted.Types.Count == 0)
        {
            call.Screen.Line("Every event has gone to a group.");
            return ExitCode.Done;
        }

        var table = new Table(new Column("TYPE", Narrowest: 20), new("EVENTS", true), new("SINCE", true));
        foreach (var one in unrouted.Types)
        {
            table.Add(one.Type, Words.Number(one.Count), Words.Distance(one.Since, call.Bus.Now));
        }

        table.WriteTo(call.Screen);
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(BusCall call, string type, string? cursor, int limit)
    {
        var list = await EventList.ReadAsync(
            call, (next, most) => call.Bus.Events.ListUnroutedAsync(type, next, most, call.Token), cursor, limit, group: null);
        if (call.IsJson)
        {
            return call.Json(list, ToolJson.Default.EventsDocument);
        }

        if (list.Events.Count == 0)
        {
            call.Screen.Line($"No events of type {type} wait for a group.");
        }
        else
        {
            EventList.Write(call, list.Events, group: null);
        }

        EventList.WriteEnd(call, list);
        return ExitCode.Done;
    }

    private static async Task<int> DiscardAsync(BusCall call, string type)
    {
        var waiting = (await call.Bus.Events.CountUnroutedAsync(call.Token)).Types.FirstOrDefault(one => one.Type == type)
            ?? throw new ToolException(ExitCode.NotFound, $"No events of type {type} wait for a group.");
        await call.ConfirmAsync(
            $"Discard {Words.Count(waiting.Count, "event", "events")} of type {type} that no group took? It cannot be undone.");
        var discarded = await call.Bus.Groups.DiscardUnroutedAsync(type, call.Token);
        await call.AuditAsync("discard unrouted events", type, "Discarded", Words.Count(discarded, "event", "events"));
        if (call.IsJson)
        {
            return call.Json(new DiscardedDocument { Type = type, Discarded = discarded }, ToolJson.Default.DiscardedDocument);
        }

        call.Screen.Line($"{Words.Count(discarded, "event", "events")} of type {type} discarded.");
        return ExitCode.Done;
    }
}
