using System.CommandLine;
using System.Globalization;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Commands;

internal static class GroupsCommand
{
    public static Command Create(CommandSet set)
    {
        var group = new Argument<string?>("group")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The group to show with its types and consumers. Default: all groups in a table.",
        };
        return set.Reads(new Command("groups", "Shows the groups, or one of them.") { group }, call => RunAsync(call, call.Get(group)));
    }

    private static async Task<int> RunAsync(BusCall call, string? name)
    {
        var groups = name is null ? await call.Bus.Groups.ListAsync(call.Token) : [await GroupChoice.FindAsync(call, name)];
        var views = await Task.WhenAll(groups.Select(group => Overview.ViewAsync(call.Bus, group, call.Token)));
        if (call.IsJson)
        {
            return call.Json(new GroupsDocument { Groups = views }, ToolJson.Default.GroupsDocument);
        }

        GroupTable.Write(call.Screen, views);
        if (name is not null)
        {
            WriteDetails(call, views[0]);
        }

        return ExitCode.Done;
    }

    private static void WriteDetails(BusCall call, GroupView view)
    {
        var (group, screen) = (view.Group, call.Screen);
        screen.Line();
        if (group.Pause is { } pause)
        {
            screen.Field("paused", pause.Since is { } since ? Words.Moment(since, call.Bus.Now) : "since when is not known", Style.Warning);
            screen.Field("  until", pause.Until is { } until ? Words.Moment(until, call.Bus.Now) : "it is resumed");
            screen.Field("  by", pause.By);
            screen.Field("  reason", pause.Reason);
        }

        screen.Field("types", string.Join(", ", group.Types));
        screen.Field("processed", $"{Words.Number(group.Counts.Processed)} are remembered");
        screen.Field("published", $"{Words.Rate(view.PublishedPerMinute)} a minute");
        screen.Field(
            "workers", string.Create(CultureInfo.InvariantCulture, $"{view.Busy} of {view.Concurrency} were busy"));
        if (group.Concurrency is { } set)
        {
            screen.Field(
                "concurrency", $"{Words.Number(set.Concurrency)} in all processes together, set by {set.By ?? "?"}, "
                + Words.Distance(set.Since, call.Bus.Now));
        }

        screen.Line();
        ConsumerTable.Write(call, group.Consumers, group.Name);
    }
}
