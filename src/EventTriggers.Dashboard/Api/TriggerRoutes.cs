using EventTriggers.Dashboard.Upcoming;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Triggers by pages, one trigger with its history and its next occurrences, and what it does with an event.</summary>
internal static class TriggerRoutes
{
    private const int MaxRows = 100;
    private const int Rows = 50;

    public static async Task<IResult> TriggersAsync(DashboardCall call)
    {
        var page = await call.Triggers.ListAsync(
            TriggerQueryOf(call.Query), call.Query.Text("cursor"), call.Query.Number("limit", Rows, 1, MaxRows), call.Aborted)
            .ConfigureAwait(false);
        return DashboardCall.Json(
            new TriggerList
            {
                Rows = [.. page.Triggers.Select(TriggerRow.From)],
                Cursor = page.Cursor,
                Examined = page.Examined,
                UnreadPartitions = page.UnreadPartitions,
            },
            DashboardJson.Default.TriggerList);
    }

    public static async Task<IResult> UpcomingAsync(DashboardCall call) => DashboardCall.Json(
        await UpcomingReader.ReadAsync(call.Triggers, call.Dashboard.TimeProvider.GetUtcNow(), call.Aborted).ConfigureAwait(false),
        DashboardJson.Default.UpcomingView);

    public static async Task<IResult> TriggerAsync(DashboardCall call)
    {
        var id = call.Query.Required("id");
        if (await call.Triggers.FindAsync(id, call.Aborted).ConfigureAwait(false) is not { } found)
        {
            return Problems.NotFound($"There is no trigger '{id}': it was never added, or its retention is over.");
        }

        var history = await call.Triggers.HistoryAsync(id, call.Aborted).ConfigureAwait(false);
        return DashboardCall.Json(
            TriggerView.From(found, history, await call.PayloadsAsync().ConfigureAwait(false)), DashboardJson.Default.TriggerView);
    }

    public static async Task<IResult> ExplainAsync(DashboardCall call)
    {
        var (trigger, one) = (call.Query.Required("trigger"), call.Query.Required("event"));
        return await call.Triggers.ExplainAsync(trigger, one, call.Aborted).ConfigureAwait(false) is { } found
            ? DashboardCall.Json(
                ExplanationView.From(found, await call.PayloadsAsync().ConfigureAwait(false)), DashboardJson.Default.ExplanationView)
            : Problems.NotFound($"There is no trigger '{trigger}', or no event '{one}' (any more).");
    }

    private static TriggerQuery TriggerQueryOf(QueryValues query) => new()
    {
        Kind = query.Name<TriggerKind>("kind"),
        Status = query.Name<TriggerStatus>("status"),
        EventType = query.Text("eventType"),
        SourceType = query.Text("sourceType"),
        Tag = query.Text("tag"),
        IdPrefix = query.Text("idPrefix"),
        DueFrom = query.Moment("dueFrom"),
        DueBefore = query.Moment("dueBefore"),
    };
}
