using EventTriggers.Dashboard.Effects;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Deliveries by pages, events that no group has taken, and one event with all that is known of it.</summary>
internal static class EventRoutes
{
    private const int MaxRows = 100;
    private const int Rows = 50;

    public static async Task<IResult> DeliveriesAsync(DashboardCall call)
    {
        var query = DeliveryFilters.Read(call.Query);
        var page = await call.Events.ListAsync(query, call.Query.Text("cursor"), Limit(call), call.Aborted).ConfigureAwait(false);
        return DashboardCall.Json(DeliveryList.From(page, query.Group), DashboardJson.Default.DeliveryList);
    }

    public static async Task<IResult> UnroutedAsync(DashboardCall call)
    {
        var page = await call.Events
            .ListUnroutedAsync(call.Query.Text("type"), call.Query.Text("cursor"), Limit(call), call.Aborted).ConfigureAwait(false);
        return DashboardCall.Json(DeliveryList.From(page, group: null), DashboardJson.Default.DeliveryList);
    }

    public static async Task<IResult> EventAsync(DashboardCall call)
    {
        var id = call.Query.Required("id");
        return await call.Events.FindAsync(id, call.Aborted).ConfigureAwait(false) is { } found
            ? DashboardCall.Json(
                EventView.From(
                    found, await call.Events.ExplainAsync(id, call.Aborted).ConfigureAwait(false),
                    await call.PayloadsAsync().ConfigureAwait(false)),
                DashboardJson.Default.EventView)
            : Problems.NotFound($"There is no event '{id}': it was never published, or its retention is over.");
    }

    public static async Task<IResult> EffectsAsync(DashboardCall call)
    {
        var id = call.Query.Required("id");
        return await call.Events.FindAsync(id, call.Aborted).ConfigureAwait(false) is { } found
            ? DashboardCall.Json(await EffectReader.ReadAsync(call, found).ConfigureAwait(false), DashboardJson.Default.EffectsView)
            : Problems.NotFound($"There is no event '{id}': it was never published, or its retention is over.");
    }

    private static int Limit(DashboardCall call) => call.Query.Number("limit", Rows, 1, MaxRows);
}
