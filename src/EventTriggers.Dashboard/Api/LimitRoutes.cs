using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Shows the rate limits of groups, and changes them.</summary>
internal static class LimitRoutes
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static async Task<IResult> LimitsAsync(DashboardCall call) => DashboardCall.Json(
        await Store(call).ListAsync(call.Query.Text("group"), call.Aborted).ConfigureAwait(false), DashboardJson.Default.RateLimitList);

    public static async Task<IResult> SetAsync(DashboardCall call)
    {
        var change = await call.ReadAsync(DashboardJson.Default.LimitChange).ConfigureAwait(false);
        if (!(change.Seconds >= 0.001 && change.Seconds <= Longest.TotalSeconds))
        {
            throw new BadHttpRequestException(string.Create(
                CultureInfo.InvariantCulture,
                $"The span of a limit has 0.001 to {Longest.TotalSeconds} seconds, but is to have {change.Seconds}."));
        }

        var limit = new LimitOptions { Count = change.Count, Per = TimeSpan.FromSeconds(change.Seconds), Burst = change.Burst };
        var outcome = await Store(call).SetAsync(change.Name, limit, call.User, call.Aborted).ConfigureAwait(false);
        var numbers = string.Create(CultureInfo.InvariantCulture, $"{change.Count} in {change.Seconds} s");
        return await ReportAsync(call, "set limit", change.Name, outcome, $"Limit {change.Name} is {numbers}.", numbers)
            .ConfigureAwait(false);
    }

    public static async Task<IResult> ResetAsync(DashboardCall call)
    {
        var name = (await call.ReadAsync(DashboardJson.Default.LimitChange).ConfigureAwait(false)).Name;
        var outcome = await Store(call).ResetAsync(name, call.Aborted).ConfigureAwait(false);
        return await ReportAsync(
            call, "reset limit", name, outcome, $"Limit {name} is what processes are configured with.").ConfigureAwait(false);
    }

    private static IRateLimitStore Store(DashboardCall call) => call.Dashboard.Get<IRateLimitStore>();

    private static Task<IResult> ReportAsync(
        DashboardCall call, string action, string name, ChangeOutcome outcome, string done, string? details = null) =>
        outcome == ChangeOutcome.Done
            ? Changes.ReportAsync(call, action, name, outcome.ToString(), done, isDone: true, details)
            : Changes.ReportAsync(
                call, action, name, outcome.ToString(), $"There is no limit {name}: no process has asked it.", isDone: false, details);
}
