using System.Net;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>A dashboard for which the host has not said who may see it.</summary>
public sealed class ClosedTests(RedisFixture redis)
{
    [Fact]
    public async Task WithoutAuthorization_IsClosed_AndSaysWhatToWrite()
    {
        await using var app = await StartAsync("Production");

        using var response = await app.SendAsync(Visitor.Operator, HttpMethod.Get, "/triggers/");

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await response.Content.ReadAsStringAsync()).Should()
            .Contain("""app.MapEventTriggersDashboard("/triggers").RequireAuthorization("ops");""");
        response.Headers.GetValues("Content-Security-Policy").Single().Should().Contain("frame-ancestors 'none'");
        app.Log.TextsOf("304").Should().ContainSingle();
    }

    [Fact]
    public async Task WithoutAuthorization_EachRouteIsClosed()
    {
        await using var app = await StartAsync("Production");

        foreach (var route in app.Routes)
        {
            var method = route.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()!.HttpMethods[0];
            using var response = await app.SendAsync(
                Visitor.Operator, HttpMethod.Parse(method),
                route.RoutePattern.RawText!.Replace("{file}", "app.js", StringComparison.Ordinal), method == "POST" ? "{}" : null);
            response.StatusCode.Should().Be(HttpStatusCode.Forbidden, route.RoutePattern.RawText);
        }
    }

    [Fact]
    public async Task InDevelopment_OnTheSameMachine_IsOpen()
    {
        await using var app = await StartAsync("Development");

        using var response = await app.SendAsync(Visitor.Anonymous, HttpMethod.Get, "/triggers/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("X-Real-IP", "10.0.0.1")]
    [InlineData("X-Original-For", "10.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task InDevelopment_BehindAProxy_IsClosed(string header, string value)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.SendAsync(
            Visitor.Anonymous, HttpMethod.Get, "/triggers/", change: request => request.Headers.Add(header, value));

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    // A page elsewhere whose name was made to resolve to this machine has the peer and the origin of this machine, but not its name.
    [Fact]
    public async Task InDevelopment_UnderAnotherName_IsClosed()
    {
        await using var app = await StartAsync("Development");

        using var response = await app.SendAsync(
            Visitor.Anonymous, HttpMethod.Get, "/triggers/", change: static request => request.Headers.Host = "rebound.example");

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task OpenedToEveryone_IsOpen()
    {
        await using var app = await DashboardApp.StartAsync(
            redis, map: static app => app.MapEventTriggersDashboard("/triggers").AllowAnonymous());

        using var response = await app.SendAsync(Visitor.Anonymous, HttpMethod.Get, "/triggers/");

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private Task<DashboardApp> StartAsync(string environment) => DashboardApp.StartAsync(
        redis, map: static app => app.MapEventTriggersDashboard("/triggers"), environment: environment);
}
