using EventTriggers.Dashboard.Files;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Every route of a dashboard. Ids stand in the query or the body, because they may have slashes.</summary>
internal static class DashboardRoutes
{
    public static IReadOnlyList<DashboardRoute> All { get; } =
    [
        File(string.Empty, FileRoutes.PageAsync),
        File("ui/{file}", FileRoutes.FileAsync),

        View("api/session", ServerRoutes.SessionAsync),
        View("api/server", ServerRoutes.ServerAsync),
        View("api/consumers", ServerRoutes.ConsumersAsync),
        View("api/audit", ServerRoutes.AuditAsync),
        View("api/operations", ServerRoutes.OperationsAsync),
        View("api/overview", OverviewRoutes.OverviewAsync),
        View("api/live", OverviewRoutes.LiveAsync),
        View("api/rates", OverviewRoutes.RatesAsync),
        View("api/groups", OverviewRoutes.GroupsAsync),
        View("api/deliveries", EventRoutes.DeliveriesAsync),
        View("api/keys", OverviewRoutes.KeysAsync),
        View("api/limits", LimitRoutes.LimitsAsync),
        View("api/unrouted", EventRoutes.UnroutedAsync),
        View("api/event", EventRoutes.EventAsync),
        View("api/effects", EventRoutes.EffectsAsync),
        View("api/types", OverviewRoutes.TypesAsync),
        View("api/type", OverviewRoutes.TypeAsync),
        View("api/triggers", TriggerRoutes.TriggersAsync),
        View("api/trigger", TriggerRoutes.TriggerAsync),
        View("api/upcoming", TriggerRoutes.UpcomingAsync),
        View("api/explain", TriggerRoutes.ExplainAsync),

        Change("api/groups/pause", GroupChanges.PauseAsync),
        Change("api/groups/resume", GroupChanges.ResumeAsync),
        Change("api/groups/concurrency", GroupChanges.SetConcurrencyAsync),
        Change("api/groups/remove", GroupChanges.RemoveAsync),
        Change("api/limits/set", LimitRoutes.SetAsync),
        Change("api/limits/reset", LimitRoutes.ResetAsync),
        Change("api/unrouted/discard", GroupChanges.DiscardUnroutedAsync),
        Change("api/events/redrive", EventChanges.RedriveAsync),
        Change("api/events/cancel", EventChanges.CancelAsync),
        Change("api/events/discard", EventChanges.DiscardAsync),
        Change("api/deliveries/redrive", BulkChanges.RedriveAsync),
        Change("api/deliveries/discard", BulkChanges.DiscardAsync),
        Change("api/deliveries/cancel", BulkChanges.CancelAsync),
        Change("api/operations/stop", BulkChanges.StopAsync),
        Change("api/triggers/pause", TriggerChanges.PauseAsync),
        Change("api/triggers/resume", TriggerChanges.ResumeAsync),
        Change("api/triggers/fire", TriggerChanges.FireAsync),
        Change("api/triggers/cancel", TriggerChanges.CancelAsync),
        Change("api/triggers/reschedule", TriggerChanges.RescheduleAsync),
    ];

    private static DashboardRoute File(string path, Func<DashboardCall, Task<IResult>> handle) => new(RouteKind.File, path, handle);

    private static DashboardRoute View(string path, Func<DashboardCall, Task<IResult>> handle) => new(RouteKind.View, path, handle);

    private static DashboardRoute Change(string path, Func<DashboardCall, Task<IResult>> handle) => new(RouteKind.Change, path, handle);
}
