using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>How many deliveries or triggers a query selects.</summary>
/// <param name="Number">The number, as far as it was counted.</param>
/// <param name="IsExact">Whether all were counted.</param>
internal sealed record CountedItems(long Number, bool IsExact)
{
    // Counting by filter looks at every entry: far enough to know what one is about to do, and no further.
    private const int MostExamined = 20_000;
    private const int PageSize = 200;

    public override string ToString() => IsExact ? Words.Number(Number) : $"at least {Words.Number(Number)}";

    /// <summary>Counts deliveries, by looking at them.</summary>
    public static async Task<CountedItems> OfEventsAsync(BusCall call, IReadOnlyList<EventQuery> queries)
    {
        var (sum, isExact) = (0L, true);
        foreach (var query in queries)
        {
            var counted = await CountAsync(call, async cursor =>
            {
                var page = await call.Bus.Events.ListAsync(query, cursor, PageSize, call.Token);
                return (page.Events.Count, page.Examined, page.Cursor, page.IsTruncated || page.UnreadPartitions.Count > 0);
            });
            (sum, isExact) = (sum + counted.Number, isExact && counted.IsExact);
        }

        return new CountedItems(sum, isExact);
    }

    /// <summary>Counts triggers, by looking at them.</summary>
    public static Task<CountedItems> OfTriggersAsync(BusCall call, TriggerQuery query) => CountAsync(call, async cursor =>
    {
        var page = await call.Bus.Triggers.ListAsync(query, cursor, PageSize, call.Token);
        return (page.Triggers.Count, page.Examined, page.Cursor, page.UnreadPartitions.Count > 0);
    });

    private static async Task<CountedItems> CountAsync(
        BusCall call, Func<string?, Task<(int Count, int Examined, string? Cursor, bool IsPart)>> read)
    {
        using var progress = new Progress(call.Terminal);
        var (sum, examined, isPart) = (0L, 0L, false);
        string? cursor = null;
        do
        {
            var page = await read(cursor);
            (sum, examined, cursor, isPart) = (sum + page.Count, examined + page.Examined, page.Cursor, isPart || page.IsPart);
            progress.Show($"counting: {Words.Number(sum)} of {Words.Number(examined)} …");
        }
        while (cursor is not null && examined < MostExamined);
        return new CountedItems(sum, cursor is null && !isPart);
    }
}
