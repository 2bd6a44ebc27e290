using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Pauses, resumes and removes groups, sets how much they do at a time, and discards what no group has taken.</summary>
internal static class GroupChanges
{
    private const int MaxMinutes = 365 * 24 * 60;
    private const int MaxConcurrency = 100_000;

    public static async Task<IResult> PauseAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.GroupChange).ConfigureAwait(false);
        if (change.Minutes is < 1 or > MaxMinutes)
        {
            throw new BadHttpRequestException($"A pause may last 1 to {MaxMinutes} minutes, but is to last {change.Minutes}.");
        }

        var outcome = await call.Groups.PauseAsync(
            change.Group,
            new PauseOptions
            {
                Until = change.Minutes is { } minutes ? call.Dashboard.TimeProvider.GetUtcNow().AddMinutes(minutes) : null,
                By = call.User,
                Reason = change.Reason,
            },
            call.Aborted).ConfigureAwait(false);
        var length = change.Minutes is { } some ? string.Create(CultureInfo.InvariantCulture, $"for {some} minutes") : "until resumed";
        return await ReportAsync(
            call, "pause group", change.Group, outcome, $"Group {change.Group} is paused {length}.",
            change.Reason is { Length: > 0 } reason ? $"{length}: {reason}" : length).ConfigureAwait(false);
    }

    public static async Task<IResult> ResumeAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.GroupChange).ConfigureAwait(false);
        var outcome = await call.Groups.ResumeAsync(change.Group, call.Aborted).ConfigureAwait(false);
        return await ReportAsync(call, "resume group", change.Group, outcome, $"Group {change.Group} goes on.").ConfigureAwait(false);
    }

    public static async Task<IResult> SetConcurrencyAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.GroupChange).ConfigureAwait(false);
        if (change.Concurrency is < 1 or > MaxConcurrency)
        {
            throw new BadHttpRequestException(string.Create(
                CultureInfo.InvariantCulture,
                $"All processes together handle 1 to {MaxConcurrency} deliveries at a time, not {change.Concurrency}."));
        }

        var outcome = await call.Groups.SetConcurrencyAsync(change.Group, change.Concurrency, call.User, call.Aborted)
            .ConfigureAwait(false);
        var number = change.Concurrency?.ToString(CultureInfo.InvariantCulture);
        return await ReportAsync(
            call, number is null ? "reset concurrency" : "set concurrency", change.Group, outcome,
            number is null
                ? $"Each process handles as many deliveries of group {change.Group} at a time as it is configured with."
                : $"Each process handles {number} of group {change.Group} at a time.",
            number).ConfigureAwait(false);
    }

    public static async Task<IResult> RemoveAsync(DashboardCall call)
    {
        var group = (await call.ReadAsync(DashboardJson.Default.GroupChange).ConfigureAwait(false)).Group;

        // Not withdrawn when the browser leaves: a removal that stops half-way leaves a group without its types.
        var outcome = await call.Groups.RemoveAsync(group, force: false, CancellationToken.None).ConfigureAwait(false);
        call.Dashboard.Overview.Forget();
        return await Changes.ReportAsync(
            call, "remove group", group, outcome.ToString(),
            outcome switch
            {
                RemoveGroupOutcome.Removed => $"Group {group} is removed.",
                RemoveGroupOutcome.HasConsumers => $"Nothing was removed: consumers handle types of group {group}. Stop them first.",
                _ => $"There is no group {group} (any more).",
            },
            outcome == RemoveGroupOutcome.Removed).ConfigureAwait(false);
    }

    public static async Task<IResult> DiscardUnroutedAsync(DashboardCall call)
    {
        var type = (await call.ReadAsync(DashboardJson.Default.TypeChange).ConfigureAwait(false)).Type;
        var count = await call.Groups.DiscardUnroutedAsync(type, call.Aborted).ConfigureAwait(false);
        call.Dashboard.Overview.Forget();
        var words = string.Create(CultureInfo.InvariantCulture, $"{count:N0} events of type {type} are discarded.");
        return await Changes.ReportAsync(
            call, "discard unrouted events", type, "Discarded", words, isDone: count > 0,
            string.Create(CultureInfo.InvariantCulture, $"{count} events")).ConfigureAwait(false);
    }

    private static Task<IResult> ReportAsync(
        DashboardCall call, string action, string group, ChangeOutcome outcome, string done, string? details = null)
    {
        // What the pages show next is what is so now.
        call.Dashboard.Overview.Forget();
        return outcome == ChangeOutcome.Done
            ? Changes.ReportAsync(call, action, group, outcome.ToString(), done, isDone: true, details)
            : Changes.ReportAsync(
                call, action, group, outcome.ToString(), $"There is no group {group}: it has not subscribed to any type.", isDone: false,
                details);
    }
}
