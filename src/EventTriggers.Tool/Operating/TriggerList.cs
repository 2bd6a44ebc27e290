using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Reads lists of triggers by pages, and shows them.</summary>
internal static class TriggerList
{
    private const int PageSize = 200;
    private const int MostExamined = 20_000;

    public static async Task<TriggersDocument> ReadAsync(BusCall call, TriggerQuery query, string? cursor, int limit)
    {
        using var progress = new Progress(call.Terminal);
        List<TriggerRecord> triggers = [];
        var (examined, unread) = (0, new SortedSet<int>());
        do
        {
            var page = await call.Bus.Triggers.ListAsync(query, cursor, Math.Min(limit - triggers.Count, PageSize), call.Token);
            triggers.AddRange(page.Triggers);
            (cursor, examined) = (page.Cursor, examined + page.Examined);
            unread.UnionWith(page.UnreadPartitions);
            progress.Show($"{Words.Number(triggers.Count)} of {Words.Number(examined)} looked at …");
        }
        while (cursor is not null && triggers.Count < limit && examined < MostExamined);
        return new TriggersDocument { Triggers = triggers, Cursor = cursor, Examined = examined, UnreadPartitions = [.. unread] };
    }

    public static void Write(BusCall call, IReadOnlyList<TriggerRecord> triggers)
    {
        var table = new Table(
            new Column("ID", Narrowest: 16), new("WHEN", Narrowest: 23), new("PUBLISHES", Narrowest: 12), new("STATUS"), new("DUE", true),
            new("FIRED", true), new("LAST", true, IsOptional: true), new("TAGS", Narrowest: 9, IsOptional: true),
            new("ERROR", Narrowest: 12));
        foreach (var one in triggers)
        {
            table.Add(
                one.Id, TriggerWords.When(one), one.EventType, StatusOf(one), DueOf(call, one), Words.Number(one.FiringCount),
                one.LastFiredAt is { } last ? Words.Distance(last, call.Bus.Now) : "-", string.Join(',', one.Tags),
                one.Unreadable ?? one.Error ?? string.Empty);
        }

        table.WriteTo(call.Screen);
    }

    private static Piece StatusOf(TriggerRecord one) => one.Status == TriggerStatus.Paused
        ? new Piece("paused", Style.Warning)
        : Words.Of(one.Status);

    // An ended trigger keeps the moment at which it was due.
    private static string DueOf(BusCall call, TriggerRecord one) =>
        one.DueAt is { } due && one.Status is TriggerStatus.Active or TriggerStatus.Paused && one.Kind != TriggerKind.On
            ? Words.Distance(due, call.Bus.Now)
            : "-";
}
