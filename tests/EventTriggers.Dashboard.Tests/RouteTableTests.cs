using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>Each route, for each who may ask for it. A route without a row here fails.</summary>
public sealed class RouteTableTests(RedisFixture redis)
{
    private const int Ok = 200;
    private const int Unauthorized = 401;
    private const int Forbidden = 403;

    // Route, what is asked for, and the answers to: anonymous, stranger, viewer, operator, other origin, no header.
    private static readonly (string Route, string Path, string? Body, int[] Answers)[] Rows =
    [
        ("GET ", "", null, Reading),
        ("GET ui/{file}", "ui/app.js", null, Reading),
        ("GET api/session", "api/session", null, Reading),
        ("GET api/server", "api/server", null, Reading),
        ("GET api/consumers", "api/consumers", null, Reading),
        ("GET api/audit", "api/audit", null, Reading),
        ("GET api/operations", "api/operations", null, Reading),
        ("GET api/overview", "api/overview", null, Reading),
        ("GET api/live", "api/live", null, Reading),
        ("GET api/rates", "api/rates?span=hour", null, Reading),
        ("GET api/groups", "api/groups", null, Reading),
        ("GET api/deliveries", "api/deliveries?group=default", null, Reading),
        ("GET api/keys", "api/keys?group=default", null, Reading),
        ("GET api/limits", "api/limits", null, Reading),
        ("GET api/unrouted", "api/unrouted", null, Reading),
        ("GET api/event", "api/event?id=e1", null, Reading),
        ("GET api/effects", "api/effects?id=e1", null, Reading),
        ("GET api/types", "api/types", null, Reading),
        ("GET api/type", "api/type?name=order.placed", null, Reading),
        ("GET api/upcoming", "api/upcoming", null, Reading),
        ("GET api/triggers", "api/triggers", null, Reading),
        ("GET api/trigger", "api/trigger?id=t1", null, Reading),
        ("GET api/explain", "api/explain?trigger=t2&event=e1", null, Reading),
        ("POST api/groups/pause", "api/groups/pause", """{"group":"default"}""", Changing),
        ("POST api/groups/resume", "api/groups/resume", """{"group":"default"}""", Changing),
        ("POST api/groups/concurrency", "api/groups/concurrency", """{"group":"default","concurrency":8}""", Changing),
        ("POST api/groups/remove", "api/groups/remove", """{"group":"none"}""", Changing),
        ("POST api/limits/set", "api/limits/set", """{"name":"none","count":1,"seconds":1}""", Changing),
        ("POST api/limits/reset", "api/limits/reset", """{"name":"none"}""", Changing),
        ("POST api/unrouted/discard", "api/unrouted/discard", """{"type":"none"}""", Changing),
        ("POST api/events/redrive", "api/events/redrive", """{"id":"e1"}""", Changing),
        ("POST api/events/cancel", "api/events/cancel", """{"id":"e1"}""", Changing),
        ("POST api/events/discard", "api/events/discard", """{"id":"e1"}""", Changing),
        ("POST api/deliveries/redrive", "api/deliveries/redrive?group=default", "{}", Changing),
        ("POST api/deliveries/discard", "api/deliveries/discard?group=default&status=Dead", """{"ratePerSecond":10}""", Changing),
        ("POST api/deliveries/cancel", "api/deliveries/cancel?group=default&idPrefix=none", "{}", Changing),
        ("POST api/operations/stop", "api/operations/stop", """{"id":"none"}""", Changing),
        ("POST api/triggers/pause", "api/triggers/pause", """{"id":"t1"}""", Changing),
        ("POST api/triggers/resume", "api/triggers/resume", """{"id":"t1"}""", Changing),
        ("POST api/triggers/fire", "api/triggers/fire", """{"id":"t1"}""", Changing),
        ("POST api/triggers/cancel", "api/triggers/cancel", """{"id":"t1"}""", Changing),
        ("POST api/triggers/reschedule", "api/triggers/reschedule", """{"id":"t1","dueAt":"2090-01-01T00:00:00Z"}""", Changing),
    ];

    private static int[] Reading => [Unauthorized, Forbidden, Ok, Ok, Ok, Ok];

    private static int[] Changing => [Unauthorized, Forbidden, Forbidden, Ok, Forbidden, Forbidden];

    [Fact]
    public async Task EachRoute_HasARow()
    {
        await using var app = await DashboardApp.StartAsync(redis);

        app.Routes.Select(NameOf).Should().BeEquivalentTo(Rows.Select(static row => row.Route));
    }

    [Fact]
    public async Task EachRoute_AnswersEachVisitorAsItsRowSays()
    {
        await using var app = await DashboardApp.StartAsync(
            redis, static builder => builder.AddHandler<OrderPlaced>(static (_, _) => default));
        await app.Bus.PublishRawAsync("order.placed", """{"number":1}"""u8.ToArray(), new PublishOptions { Id = "e1" });
        await app.Services.GetRequiredService<ITriggerStore>().AddAsync(
            Trigger.At(DateTimeOffset.UtcNow.AddDays(1)).WithId("t1").Publish(new OrderPlaced(2)));

        await app.Services.GetRequiredService<ITriggerStore>().AddAsync(
            Trigger.On("order.placed").WithId("t2").Publish(new OrderPlaced(3)));

        var answers = new List<string>();
        foreach (var (route, path, body, _) in Rows)
        {
            foreach (var visitor in Enum.GetValues<Visitor>())
            {
                using var response = await app.SendAsync(visitor, Method(route), $"/triggers/{path}", body);
                answers.Add($"{route} × {visitor}: {(int)response.StatusCode}");
                HasHeaders(response, visitor).Should().BeTrue($"{route} × {visitor}");
            }
        }

        answers.Should().Equal(Rows.SelectMany(static row => row.Answers.Select(
            (answer, at) => $"{row.Route} × {(Visitor)at}: {answer}")));
    }

    private static string NameOf(RouteEndpoint route)
    {
        var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods;
        return $"{string.Join(',', methods)} {route.RoutePattern.RawText!["/triggers".Length..].TrimStart('/')}";
    }

    // Those that the host itself sends away have not come to the dashboard.
    private static bool HasHeaders(HttpResponseMessage response, Visitor visitor) =>
        visitor is Visitor.Anonymous or Visitor.Stranger
        || (response.Headers.GetValues("Content-Security-Policy").Single() is var policy
            && policy.Split("; ").Contains("default-src 'self'") && policy.Split("; ").Contains("frame-ancestors 'none'")
            && !policy.Contains("unsafe", StringComparison.Ordinal));

    private static HttpMethod Method(string route) => HttpMethod.Parse(route.Split(' ')[0]);
}
