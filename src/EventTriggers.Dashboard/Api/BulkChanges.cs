using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Begins bulk operations, and stops them.</summary>
internal static class BulkChanges
{
    public static Task<IResult> RedriveAsync(DashboardCall call) => BeginAsync(
        call, "redrive events", static (events, query, options, token) => events.RedriveAsync(query, options, token));

    public static Task<IResult> DiscardAsync(DashboardCall call) => BeginAsync(
        call, "discard events", static (events, query, options, token) => events.DiscardAsync(query, options, token));

    public static Task<IResult> CancelAsync(DashboardCall call) => BeginAsync(
        call, "cancel events", static (events, query, options, token) => events.CancelAsync(query, options, token));

    public static async Task<IResult> StopAsync(DashboardCall call)
    {
        var id = (await call.ReadAsync(DashboardJson.Default.OperationChange).ConfigureAwait(false)).Id;
        var outcome = await call.Operations.StopAsync(id, call.Aborted).ConfigureAwait(false);
        return await Changes.ReportAsync(
            call, "stop operation", id, outcome.ToString(),
            outcome switch
            {
                StopOutcome.Stopped => "The operation is stopped. What it has changed stays changed.",
                StopOutcome.Ended => "Nothing was changed: the operation had ended.",
                _ => "Nothing was changed: there is no such operation (any more).",
            },
            outcome == StopOutcome.Stopped).ConfigureAwait(false);
    }

    private static async Task<IResult> BeginAsync(
        DashboardCall call, string action, Func<IEventStore, EventQuery, BulkOptions, CancellationToken, ValueTask<string>> begin)
    {
        var (query, change) = (
            DeliveryFilters.ReadForChange(call.Query), await call.ReadAsync(DashboardJson.Default.BulkChange).ConfigureAwait(false));
        var id = await begin(
            call.Events, query, new BulkOptions { By = call.User, RatePerSecond = change.RatePerSecond }, call.Aborted)
            .ConfigureAwait(false);
        call.Dashboard.Overview.Forget();
        return await Changes.ReportAsync(
            call, action, query.Group!, "Begun", "The operation has begun. The audit page shows how far it is.", isDone: true,
            $"operation {id}, {call.Http.Request.QueryString}").ConfigureAwait(false);
    }
}
