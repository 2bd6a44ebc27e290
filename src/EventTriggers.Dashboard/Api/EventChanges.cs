using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Redrives and discards dead letters, and cancels events.</summary>
internal static class EventChanges
{
    public static async Task<IResult> RedriveAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.EventChange).ConfigureAwait(false);
        var outcome = await call.Events.RedriveAsync(change.Id, change.Group, call.Aborted).ConfigureAwait(false);
        var words = outcome switch
        {
            RedriveOutcome.Redriven => "The event is ready again.",
            RedriveOutcome.NotDead => "Nothing was changed: the event is not a dead letter (any more).",
            _ => "Nothing was changed: there is no such event (any more).",
        };
        return await ReportAsync(
            call, "redrive event", change, outcome.ToString(), words, outcome == RedriveOutcome.Redriven).ConfigureAwait(false);
    }

    public static async Task<IResult> DiscardAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.EventChange).ConfigureAwait(false);
        var outcome = await call.Events.DiscardAsync(change.Id, change.Group, call.Aborted).ConfigureAwait(false);
        var words = outcome switch
        {
            DiscardOutcome.Discarded => "The dead letter is given up.",
            DiscardOutcome.NotDead => "Nothing was changed: the event is not a dead letter (any more).",
            _ => "Nothing was changed: there is no such event (any more).",
        };
        return await ReportAsync(
            call, "discard event", change, outcome.ToString(), words, outcome == DiscardOutcome.Discarded).ConfigureAwait(false);
    }

    public static async Task<IResult> CancelAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.EventChange).ConfigureAwait(false);
        var outcome = await call.Events.CancelAsync(change.Id, call.Aborted).ConfigureAwait(false);
        var words = outcome switch
        {
            CancelOutcome.Canceled => "The event is canceled: no handler will run for it.",
            CancelOutcome.Signaled => "A handler is running and was asked to stop. If it completes anyway, the event is processed.",
            CancelOutcome.TooLate => "Nothing was changed: every group had finished with the event.",
            _ => "Nothing was changed: there is no such event (any more).",
        };
        return await ReportAsync(
            call, "cancel event", change, outcome.ToString(), words,
            outcome is CancelOutcome.Canceled or CancelOutcome.Signaled).ConfigureAwait(false);
    }

    private static Task<IResult> ReportAsync(
        DashboardCall call, string action, EventChange change, string outcome, string words, bool isDone)
    {
        call.Dashboard.Overview.Forget();
        return Changes.ReportAsync(
            call, action, change.Id, outcome, words, isDone, change.Group is { } group ? $"in group {group}" : null);
    }
}
