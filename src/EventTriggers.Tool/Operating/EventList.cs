using System.Globalization;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Reads lists of events by pages, and shows them.</summary>
internal static class EventList
{
    private const int PageSize = 200;

    // A filter that matches few looks at many: then the list ends early, with a cursor.
    private const int MostExamined = 20_000;

    /// <summary>Reads pages until there are enough events, or too many were looked at.</summary>
    public static async Task<EventsDocument> ReadAsync(
        BusCall call, Func<string?, int, ValueTask<EventPage>> read, string? cursor, int limit, string? group)
    {
        using var progress = new Progress(call.Terminal);
        List<EventRecord> events = [];
        var (examined, isTruncated, unread) = (0, false, new SortedSet<int>());
        do
        {
            var page = await read(cursor, Math.Min(limit - events.Count, PageSize));
            events.AddRange(page.Events);
            (cursor, examined, isTruncated) = (page.Cursor, examined + page.Examined, isTruncated || page.IsTruncated);
            unread.UnionWith(page.UnreadPartitions);
            progress.Show($"{Words.Number(events.Count)} of {Words.Number(examined)} looked at …");
        }
        while (cursor is not null && events.Count < limit && examined < MostExamined);
        return new EventsDocument
        {
            Group = group,
            Events = events,
            Cursor = cursor,
            Examined = examined,
            IsTruncated = isTruncated,
            UnreadPartitions = [.. unread],
        };
    }

    public static void Write(BusCall call, IReadOnlyList<EventRecord> events, string? group)
    {
        var table = new Table(
            new Column("ID", Narrowest: 22), new("TYPE", Narrowest: 12), new("STATUS"), new("ATTEMPT", true), new("PUBLISHED", true),
            new("ERROR", Narrowest: 12));
        foreach (var one in events)
        {
            var delivery = one.Deliveries.FirstOrDefault(delivery => delivery.Group == group);
            table.Add(
                one.Id, one.Type, StatusOf(one, delivery), (delivery?.Attempt ?? 0).ToString(CultureInfo.InvariantCulture),
                Words.Distance(one.PublishedAt, call.Bus.Now), one.Unreadable ?? delivery?.Error ?? string.Empty);
        }

        table.WriteTo(call.Screen);
    }

    /// <summary>Tells how a list goes on, and what is missing in it.</summary>
    public static void WriteEnd(BusCall call, EventsDocument list)
    {
        if (list.UnreadPartitions.Count > 0)
        {
            call.Screen.Line(new Piece($"Partitions that could not be read: {string.Join(", ", list.UnreadPartitions)}.", Style.Bad));
        }

        if (list.IsTruncated)
        {
            call.Screen.Line(new Piece("A list has more than 10,000 entries; those further back are not shown.", Style.Warning));
        }

        if (list.Cursor is { } cursor)
        {
            call.Screen.Line(new Piece(
                $"{Words.Count(list.Events.Count, "event", "events")}, {Words.Number(list.Examined)} looked at. More: --cursor {cursor}",
                Style.Dim));
        }
    }

    private static Piece StatusOf(EventRecord one, DeliveryRecord? delivery) => delivery switch
    {
        null => one.IsCanceled ? "canceled" : "waits",
        { Status: DeliveryStatus.Dead } => new Piece("dead", Style.Bad),
        { Status: DeliveryStatus.Leased } => "running",
        _ => Words.Of(delivery.Status),
    };
}
