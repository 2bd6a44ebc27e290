using EventTriggers.Dashboard.Overview;
using EventTriggers.Dashboard.Types;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>What is wrong now, the groups, and what happened over time.</summary>
internal static class OverviewRoutes
{
    private const int MaxKeys = 500;
    private const int Keys = 200;

    public static async Task<IResult> OverviewAsync(DashboardCall call) => DashboardCall.Json(
        await call.Dashboard.Overview.ReadAsync(call.Aborted).ConfigureAwait(false), DashboardJson.Default.OverviewView);

    public static async Task<IResult> GroupsAsync(DashboardCall call) => DashboardCall.Json(
        await call.Groups.ListAsync(call.Aborted).ConfigureAwait(false), DashboardJson.Default.IReadOnlyListGroupRecord);

    public static async Task<IResult> KeysAsync(DashboardCall call) => DashboardCall.Json(
        await call.Groups.ListKeysAsync(
            call.Query.Required("group"), call.Query.Number("limit", Keys, 1, MaxKeys), call.Aborted).ConfigureAwait(false),
        DashboardJson.Default.KeyList);

    public static async Task<IResult> TypesAsync(DashboardCall call) => DashboardCall.Json(
        TypeReader.List(
            await call.Groups.ListAsync(call.Aborted).ConfigureAwait(false),
            await call.Events.CountUnroutedAsync(call.Aborted).ConfigureAwait(false)),
        DashboardJson.Default.IReadOnlyListTypeRow);

    public static async Task<IResult> TypeAsync(DashboardCall call) => DashboardCall.Json(
        await TypeReader.ReadAsync(call, call.Query.Required("name")).ConfigureAwait(false), DashboardJson.Default.TypeView);

    public static Task<IResult> LiveAsync(DashboardCall call) => Task.FromResult<IResult>(new LiveResult(call.Dashboard));

    public static async Task<IResult> RatesAsync(DashboardCall call)
    {
        var span = call.Query.Name<RateSpan>("span") ?? RateSpan.Day;
        return DashboardCall.Json(
            await call.Dashboard.Rates.ReadAsync(call.Query.Text("group"), span, call.Aborted).ConfigureAwait(false),
            DashboardJson.Default.GroupRates);
    }
}
