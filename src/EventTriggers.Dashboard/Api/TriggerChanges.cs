using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Pauses, resumes, fires, cancels and moves triggers.</summary>
internal static class TriggerChanges
{
    public static Task<IResult> PauseAsync(DashboardCall call) => ChangeAsync(
        call, "pause trigger", "The trigger is paused.", static (triggers, id, token) => triggers.PauseAsync(id, token));

    public static Task<IResult> ResumeAsync(DashboardCall call) => ChangeAsync(
        call, "resume trigger", "The trigger is active again.", static (triggers, id, token) => triggers.ResumeAsync(id, token));

    public static Task<IResult> FireAsync(DashboardCall call) => ChangeAsync(
        call, "fire trigger", "The trigger has fired.", static (triggers, id, token) => triggers.FireNowAsync(id, token));

    public static async Task<IResult> CancelAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.TriggerChange).ConfigureAwait(false);
        var outcome = await call.Triggers.CancelAsync(change.Id, call.Aborted).ConfigureAwait(false);
        var words = outcome switch
        {
            CancelOutcome.Canceled => "The trigger is canceled: it will not fire any more.",
            CancelOutcome.Signaled => "The trigger is canceled, and its event was asked to stop.",
            CancelOutcome.TooLate => "Nothing was changed: the trigger had ended.",
            _ => "Nothing was changed: there is no such trigger (any more).",
        };
        return await Changes.ReportAsync(
            call, "cancel trigger", change.Id, outcome.ToString(), words,
            outcome is CancelOutcome.Canceled or CancelOutcome.Signaled).ConfigureAwait(false);
    }

    public static async Task<IResult> RescheduleAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.TriggerChange).ConfigureAwait(false);
        var due = change.DueAt ?? throw new BadHttpRequestException("To move a trigger, say when it is due: 'dueAt', with its offset.");
        var outcome = await call.Triggers.RescheduleAsync(change.Id, due, call.Aborted).ConfigureAwait(false);
        return await ReportAsync(
            call, "reschedule trigger", change.Id, outcome, "The trigger is due at the new time.",
            string.Create(CultureInfo.InvariantCulture, $"due at {due.UtcDateTime:O}")).ConfigureAwait(false);
    }

    private static async Task<IResult> ChangeAsync(
        DashboardCall call, string action, string done, Func<ITriggerStore, string, CancellationToken, ValueTask<ChangeOutcome>> change)
    {
        var id = (await call.ReadAsync(DashboardJson.Default.TriggerChange).ConfigureAwait(false)).Id;
        return await ReportAsync(
            call, action, id, await change(call.Triggers, id, call.Aborted).ConfigureAwait(false), done).ConfigureAwait(false);
    }

    private static Task<IResult> ReportAsync(
        DashboardCall call, string action, string id, ChangeOutcome outcome, string done, string? details = null) =>
        Changes.ReportAsync(
            call, action, id, outcome.ToString(),
            outcome switch
            {
                ChangeOutcome.Done => done,
                ChangeOutcome.Ended => "Nothing was changed: the trigger has ended.",
                _ => "Nothing was changed: there is no such trigger (any more).",
            },
            outcome == ChangeOutcome.Done, details);
}
