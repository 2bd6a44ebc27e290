using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>One route of a dashboard.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Path">Its path below that of the dashboard.</param>
/// <param name="Handle">Answers a request that may be answered.</param>
internal sealed record DashboardRoute(RouteKind Kind, string Path, Func<DashboardCall, Task<IResult>> Handle)
{
    public string Method => Kind == RouteKind.Change ? HttpMethods.Post : HttpMethods.Get;
}
