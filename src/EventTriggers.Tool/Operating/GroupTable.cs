using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows groups.</summary>
internal static class GroupTable
{
    public static void Write(Screen screen, IReadOnlyList<GroupView> groups)
    {
        if (groups.Count == 0)
        {
            screen.Line("There are no groups: no host with handlers has run yet.");
            return;
        }

        var table = new Table(
            new Column("GROUP", Narrowest: 12), new("READY", true), new("LAG", true), new("RUN", true), new("DELAYED", true),
            new("DEAD", true), new("DONE/MIN", true), new("FAIL/MIN", true), new("STATE"));
        foreach (var view in groups)
        {
            var (group, counts) = (view.Group, view.Group.Counts);
            table.Add(
                group.Name, Words.Number(counts.Ready), counts.Ready == 0 ? "-" : Words.Length(counts.Lag), Words.Number(counts.Leased),
                Words.Number(counts.Delayed), new Piece(Words.Number(counts.Dead), counts.Dead > 0 ? Style.Warning : Style.Plain),
                Words.Rate(view.ProcessedPerMinute),
                new Piece(Words.Rate(view.FailedPerMinute), view.FailedPerMinute > 0 ? Style.Warning : Style.Plain),
                StateOf(group));
        }

        table.WriteTo(screen);
    }

    private static Piece StateOf(GroupRecord group) => group switch
    {
        { Pause: not null } => new Piece("paused", Style.Warning),
        { Consumers.Count: 0 } => new Piece("no consumer", Style.Warning),
        _ => Words.Count(group.Consumers.Count, "consumer", "consumers"),
    };
}
