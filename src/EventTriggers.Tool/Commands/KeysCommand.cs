using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class KeysCommand
{
    private const int Most = 100;

    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group; one that orders or limits by key." };
        return set.Reads(
            new Command(
                "keys", "Shows the keys of a group of which deliveries wait, those behind a dead letter first.")
            {
                group,
            },
            call => RunAsync(call, call.Get(group)!));
    }

    private static async Task<int> RunAsync(BusCall call, string name)
    {
        var group = (await GroupChoice.FindAsync(call, name)).Name;
        var list = await call.Bus.Groups.ListKeysAsync(group, Most, call.Token);
        if (call.IsJson)
        {
            return call.Json(list, ToolJson.Default.KeyList);
        }

        call.Screen.Line(
            $"{Words.Number(list.HeldKeys)} keys wait behind a dead letter, and of {Words.Number(list.WaitingKeys)} keys deliveries wait.");
        if (list.Keys.Count == 0)
        {
            return ExitCode.Done;
        }

        call.Screen.Line();
        var table = new Table(
            new Column("KEY", Narrowest: 10), new("WAITING", true), new("SINCE"), new("BEHIND", Narrowest: 20), new("STATE"));
        foreach (var key in list.Keys)
        {
            var since = key.HeldSince ?? key.WaitingSince;
            table.Add(
                key.Key, Words.Number(key.Waiting), since is { } moment ? Words.Distance(moment, call.Bus.Now) : "-",
                key.HeldBehind ?? string.Join(", ", key.Active), StateOf(key, call.Bus.Now));
        }

        table.WriteTo(call.Screen);
        return ExitCode.Done;
    }

    private static string StateOf(KeyRecord key, DateTimeOffset now) =>
        key.HeldBehind is not null ? "held by a dead letter"
        : key.LimitedUntil is { } until ? $"limited until {Words.Moment(until, now)}" : "in turn";
}
