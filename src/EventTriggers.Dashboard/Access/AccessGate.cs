using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventTriggers.Dashboard.Access;

/// <summary>Keeps a dashboard closed for which the host has not said who may see it.</summary>
internal static class AccessGate
{
    // A request with one of them came through a proxy: that the peer is this machine then says nothing about who asks.
    private static readonly string[] Forwarding =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-For",
        "X-Original-Host", "X-Original-Proto", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP",
    ];

    /// <summary>
    /// Determines whether the host has decided who may see the dashboard, or the request is a developer's on their own machine.
    /// </summary>
    public static bool IsOpen(HttpContext http) => IsDecided(http.GetEndpoint()) || IsLocalDevelopment(http);

    // Authorization itself has happened by now: the framework refuses to run an endpoint with such metadata without it.
    private static bool IsDecided(Endpoint? endpoint) =>
        endpoint is not null && (endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null
            || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null
            || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null);

    private static bool IsLocalDevelopment(HttpContext http) =>
        http.RequestServices.GetRequiredService<IHostEnvironment>().IsDevelopment()
        && http.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer)
        && IsLocalName(http.Request.Host.Host)
        && !Array.Exists(Forwarding, http.Request.Headers.ContainsKey);

    // The name counts, too: a page elsewhere whose name was made to resolve to this machine is not a developer.
    private static bool IsLocalName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) && IPAddress.IsLoopback(address));
}
