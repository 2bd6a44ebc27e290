using System.Net;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>Changes come from pages of the dashboard only.</summary>
public sealed class OriginTests(RedisFixture redis)
{
    private const string Pause = "/triggers/api/groups/pause";

    [Theory]
    [InlineData("same-origin", HttpStatusCode.OK)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("none", HttpStatusCode.Forbidden)]
    public async Task WhatTheBrowserSays_Counts(string site, HttpStatusCode expected)
    {
        await using var app = await DashboardApp.StartAsync(redis);

        using var response = await app.SendAsync(
            Visitor.Operator, HttpMethod.Post, Pause, """{"group":"none"}""", request => request.Headers.Add("Sec-Fetch-Site", site));

        response.StatusCode.Should().Be(expected);
    }

    // Behind a proxy that sends another Host, the origin is not this host, and the browser's word still holds.
    [Fact]
    public async Task BehindAProxyThatChangesTheHost_WorksWhereBrowsersSayTheSite()
    {
        await using var app = await DashboardApp.StartAsync(redis);

        using var response = await app.SendAsync(Visitor.OtherOrigin, HttpMethod.Post, Pause, """{"group":"none"}""", static request =>
            request.Headers.Add("Sec-Fetch-Site", "same-origin"));

        response.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("https://127.0.0.1.elsewhere.example")]
    [InlineData("not a uri")]
    public async Task AnotherOrigin_OrNone_IsRefused(string? origin)
    {
        await using var app = await DashboardApp.StartAsync(redis);

        using var response = await app.SendAsync(Visitor.Operator, HttpMethod.Post, Pause, """{"group":"none"}""", request =>
        {
            request.Headers.Remove("Origin");
            if (origin is not null)
            {
                request.Headers.TryAddWithoutValidation("Origin", origin);
            }
        });

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        app.Log.TextsOf("303").Should().ContainSingle();
    }

    [Fact]
    public async Task ReadOnly_RefusesOperatorsToo()
    {
        await using var app = await DashboardApp.StartAsync(redis, configure: static options => options.IsReadOnly = true);

        using var response = await app.SendAsync(Visitor.Operator, HttpMethod.Post, Pause, """{"group":"none"}""");

        response.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await response.Content.ReadAsStringAsync()).Should().Contain("read-only");
        (await app.GetAsync("api/session", Visitor.Operator)).GetProperty("canChange").GetBoolean().Should().BeFalse();
    }
}
