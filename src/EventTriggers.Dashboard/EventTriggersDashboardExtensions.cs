using EventTriggers;
using EventTriggers.Dashboard;
using EventTriggers.Dashboard.Access;
using EventTriggers.Dashboard.Api;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the dashboard of EventTriggers.</summary>
public static class EventTriggersDashboardExtensions
{
    /// <summary>Maps the dashboard: its pages, and the API that they use.</summary>
    /// <remarks>
    /// <para>
    /// The dashboard is closed until the host says who may see it: <c>.RequireAuthorization("ops")</c>, with a policy of the host. Without
    /// authorization metadata it answers 403, except in the environment <c>Development</c> to a browser on the same machine that no proxy
    /// stands before.
    /// </para>
    /// <para>
    /// All addresses in the pages are relative, so it works under any path base, and behind a proxy that strips a prefix. It asks Redis
    /// only while a browser shows it.
    /// </para>
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path of the dashboard.</param>
    /// <param name="configure">Changes the default settings.</param>
    /// <returns>A builder whose conventions, such as <c>RequireAuthorization</c>, apply to all endpoints of the dashboard.</returns>
    /// <exception cref="ArgumentException">A path or a header to redact is empty, or a path has an empty part.</exception>
    /// <exception cref="InvalidOperationException">
    /// The bus is not registered; or a policy is set, and the services of authorization are not registered.
    /// </exception>
    public static IEndpointConventionBuilder MapEventTriggersDashboard(
        this IEndpointRouteBuilder endpoints, string pattern = "/triggers", Action<EventTriggersDashboardOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var options = new EventTriggersDashboardOptions();
        configure?.Invoke(options);
        ThrowIfMissing(endpoints.ServiceProvider, options);

        var dashboard = new DashboardContext(pattern, options, endpoints.ServiceProvider);
        var group = endpoints.MapGroup(RoutePatternFactory.Parse(pattern));
        foreach (var route in DashboardRoutes.All)
        {
            var guarded = new GuardedRoute(dashboard, route);
            group.MapMethods(route.Path, [route.Method], (RequestDelegate)guarded.InvokeAsync)
                .WithDisplayName($"EventTriggers dashboard {route.Method} {route.Path}").ExcludeFromDescription();
        }

        return group;
    }

    private static void ThrowIfMissing(IServiceProvider services, EventTriggersDashboardOptions options)
    {
        var bus = options.ServiceKey is null
            ? services.GetService<IServiceProviderIsService>()?.IsService(typeof(IGroupStore))
            : services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(typeof(IGroupStore), options.ServiceKey);
        if (bus == false)
        {
            throw new InvalidOperationException(options.ServiceKey is { } key
                ? $"The dashboard shows the bus '{key}', which is not registered. Call services.AddKeyedRedisTriggers(\"{key}\")."
                : "The dashboard has no bus to show. Call services.AddRedisTriggers(), or set ServiceKey to the key of a bus.");
        }

        if ((options.ChangePolicy ?? options.PayloadPolicy) is { } policy && services.GetService<IAuthorizationService>() is null)
        {
            throw new InvalidOperationException(
                $"The dashboard has the policy '{policy}', but authorization is not registered. Call services.AddAuthorization().");
        }
    }
}
