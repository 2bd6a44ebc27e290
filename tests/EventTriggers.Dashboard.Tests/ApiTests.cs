using System.Net;
using System.Text.Json;
using EventTriggers.Tests;
using StackExchange.Redis;
using EventTriggers.Faults;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What the API says and does, against what the stores say.</summary>
public sealed class ApiTests(RedisFixture redis)
{
    [Fact]
    public async Task ADeadLetter_IsFoundInTheOverview_Listed_ShownWithItsAttempts_AndRedriven()
    {
        var fails = true;
        await using var app = await StartAsync(_ => fails ? throw new InvalidOperationException("the card was declined") : default);
        await app.Bus.PublishRawAsync("order.placed", """{"number":1}"""u8.ToArray(), new PublishOptions { Id = "o/1", Key = "o" });
        await Wait.UntilAsync(async () => (await Events(app).CountAsync()).Dead == 1, "it is dead");

        var overview = await OverviewAsync(app, static one => one.GetProperty("findings").GetArrayLength() > 0);
        var finding = overview.GetProperty("findings")[0];
        finding.GetProperty("text").GetString().Should().Be("Group default has 1 dead letter.");
        finding.GetProperty("link").GetString().Should().Be("deliveries?group=default&status=Dead");
        var row = (await app.GetAsync("api/deliveries?group=default&status=Dead")).GetProperty("rows").EnumerateArray().Single();
        row.GetProperty("id").GetString().Should().Be("o/1");
        row.GetProperty("delivery").GetProperty("error").GetString().Should().Contain("the card was declined");
        var one = await app.GetAsync("api/event?id=o%2F1");
        one.GetProperty("payload").GetProperty("text").GetString().Should().Be("""{"number":1}""");
        one.GetProperty("key").GetString().Should().Be("o");
        one.GetProperty("deliveries")[0].GetProperty("attempts")[0].GetProperty("message").GetString().Should().Be("the card was declined");

        fails = false;
        var change = await app.PostAsync("api/events/redrive", """{"id":"o/1","group":"default"}""");
        change.GetProperty("isDone").GetBoolean().Should().BeTrue();
        await Wait.UntilAsync(async () => (await Events(app).CountAsync()).Processed == 1, "it is processed");
        var entry = (await app.GetAsync("api/audit")).EnumerateArray().First().GetProperty("entry");
        entry.GetProperty("action").GetString().Should().Be("redrive event");
        entry.GetProperty("target").GetString().Should().Be("o/1");
        entry.GetProperty("by").GetString().Should().Be("operator");
        entry.GetProperty("outcome").GetString().Should().Be("Redriven");
        app.Log.TextsOf("301").Should().ContainSingle().Which.Should().Contain("operator did 'redrive event'");
    }

    [Fact]
    public async Task APause_IsSeenInTheOverview_WithWhoAndWhy_UntilItIsResumed()
    {
        await using var app = await StartAsync(static _ => default);
        await Wait.UntilAsync(async () => (await Groups(app).FindAsync("default")) is not null, "the group subscribes");

        await app.PostAsync("api/groups/pause", """{"group":"default","minutes":30,"reason":"a migration"}""");
        var paused = await OverviewAsync(app, static _ => true);
        var pause = (await Groups(app).FindAsync("default"))!.Pause!;
        await app.PostAsync("api/groups/resume", """{"group":"default"}""");

        paused.GetProperty("findings")[0].GetProperty("text").GetString().Should()
            .Be("Group default is paused by operator (a migration); 0 deliveries wait.");
        pause.By.Should().Be("operator");
        pause.Reason.Should().Be("a migration");
        pause.Until.Should().BeCloseTo(DateTimeOffset.UtcNow.AddMinutes(30), TimeSpan.FromMinutes(1));
        (await Groups(app).FindAsync("default"))!.Pause.Should().BeNull();
    }

    [Fact]
    public async Task Deliveries_ComeByPages_AndEachOnce()
    {
        await using var app = await StartAsync(static _ => default);
        var ids = Enumerable.Range(0, 25).Select(static number => $"d{number}").ToArray();
        await Wait.UntilAsync(async () => await Groups(app).FindAsync("default") is not null, "the group subscribes");
        await Groups(app).PauseAsync("default");
        await app.Bus.PublishManyAsync([.. ids.Select(static id => EventToPublish.Of(
            new OrderPlaced(1), new PublishOptions { Id = id, Delay = TimeSpan.FromHours(1) }))]);

        var (found, cursor) = (new List<string>(), string.Empty);
        do
        {
            var page = await app.GetAsync(
                $"api/deliveries?group=default&status=Delayed&limit=10&cursor={Uri.EscapeDataString(cursor)}");
            found.AddRange(page.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("id").GetString()!));
            cursor = page.TryGetProperty("cursor", out var next) ? next.GetString()! : string.Empty;
        }
        while (cursor.Length > 0);

        found.Should().BeEquivalentTo(ids);
    }

    [Fact]
    public async Task ATrigger_IsListed_ShownWithItsNextOccurrences_Fired_Moved_PausedAndCanceled()
    {
        await using var app = await StartAsync(static _ => default);
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(Trigger.Cron("0 3 * * *", "Europe/Berlin").WithId("nightly").Tagged("reports").Publish(new OrderPlaced(1)));
        var next = (await triggers.FindAsync("nightly"))!.Preview(10);

        var row = (await app.GetAsync("api/triggers?kind=cron&tag=reports")).GetProperty("rows").EnumerateArray().Single();
        row.GetProperty("id").GetString().Should().Be("nightly");
        var view = await app.GetAsync("api/trigger?id=nightly");
        view.GetProperty("next").EnumerateArray().Select(static at => at.GetDateTimeOffset()).Should().Equal(next);

        (await app.PostAsync("api/triggers/fire", """{"id":"nightly"}""")).GetProperty("outcome").GetString().Should().Be("Done");
        (await app.GetAsync("api/trigger?id=nightly")).GetProperty("history").GetArrayLength().Should().Be(1);
        await app.PostAsync("api/triggers/reschedule", """{"id":"nightly","dueAt":"2090-01-01T03:00:00+01:00"}""");
        (await triggers.FindAsync("nightly"))!.DueAt.Should().Be(new DateTimeOffset(2090, 1, 1, 2, 0, 0, TimeSpan.Zero));
        await app.PostAsync("api/triggers/pause", """{"id":"nightly"}""");
        (await triggers.FindAsync("nightly"))!.Status.Should().Be(TriggerStatus.Paused);
        await app.PostAsync("api/triggers/resume", """{"id":"nightly"}""");
        (await triggers.FindAsync("nightly"))!.Status.Should().Be(TriggerStatus.Active);
        await app.PostAsync("api/triggers/cancel", """{"id":"nightly"}""");
        (await triggers.FindAsync("nightly"))!.Status.Should().Be(TriggerStatus.Canceled);
        var after = await app.PostAsync("api/triggers/pause", """{"id":"nightly"}""");
        after.GetProperty("isDone").GetBoolean().Should().BeFalse();
        (await app.GetAsync("api/audit")).EnumerateArray().Select(static one => one.GetProperty("entry").GetProperty("action").GetString())
            .Should().Equal(
                "pause trigger", "cancel trigger", "resume trigger", "pause trigger", "reschedule trigger", "fire trigger");
    }

    [Fact]
    public async Task WhoMayNotSeePayloads_GetsNone_AndRedactedValuesReachNobody()
    {
        await using var app = await StartAsync(static _ => default, static options =>
        {
            options.PayloadPolicy = "change";
            options.RedactedPaths.Add("**.password");
            options.RedactedPaths.Add("cards.number");
        });
        var payload = """{"user":{"Password":{"a":1}},"cards":[{"number":"4111","id":12345678901234567890}],"n":1.50}""";
        await app.Bus.PublishRawAsync("order.placed", System.Text.Encoding.UTF8.GetBytes(payload), new PublishOptions
        {
            Id = "p1",
            Delay = TimeSpan.FromHours(1),
            Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer x", ["tenant"] = "a" },
        });

        var seen = await app.GetAsync("api/event?id=p1", Visitor.Operator);
        var hidden = await app.GetAsync("api/event?id=p1", Visitor.Viewer);

        seen.GetProperty("payload").GetProperty("text").GetString().Should()
            .Be("""{"user":{"Password":"[redacted]"},"cards":[{"number":"[redacted]","id":12345678901234567890}],"n":1.50}""");
        seen.GetProperty("headers").GetProperty("Authorization").GetString().Should().Be("[redacted]");
        seen.GetProperty("headers").GetProperty("tenant").GetString().Should().Be("a");
        hidden.GetRawText().Should().NotContain("4111").And.NotContain("Bearer").And.NotContain("tenant");
        hidden.GetProperty("payload").TryGetProperty("text", out _).Should().BeFalse();
    }

    // What an event must be equal to tells what it is.
    [Fact]
    public async Task PatternsOfATrigger_AreRedacted_AndHiddenFromWhoMayNotSeePayloads()
    {
        await using var app = await StartAsync(static _ => default, static options =>
        {
            options.PayloadPolicy = "change";
            options.RedactedPaths.Add("card.number");
        });
        const string Pattern = """{"card":{"number":["4111"],"brand":["visa"]}}""";
        const string Alternatives = """{"$or":[{"card":{"number":["4111"]}},{"card":{"number":["4222"]}}],"shop":["north"]}""";
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(
            Trigger.On("order.placed").Matching(Alternatives).FollowedBy("order.paid", static next => next.Matching(Pattern))
                .Within(TimeSpan.FromHours(1)).CancelOn(EventCondition.On("order.closed", Pattern))
                .WithId("cards").PublishRaw("alarm", "{}"u8.ToArray()));
        await triggers.AddAsync(
            Trigger.On("order.placed").Matching(Pattern).WithId("card").PublishRaw("alarm", "{}"u8.ToArray()));
        await app.Bus.PublishRawAsync(
            "order.placed", """{"card":{"number":"4111","brand":"visa"}}"""u8.ToArray(), new PublishOptions { Id = "e" });

        foreach (var path in (string[])["api/trigger?id=cards", "api/trigger?id=card", "api/explain?trigger=card&event=e"])
        {
            (await app.GetAsync(path, Visitor.Operator)).GetRawText().Should().NotContain("4111").And.NotContain("4222");
            (await app.GetAsync(path, Visitor.Viewer)).GetRawText().Should()
                .NotContain("4111").And.NotContain("visa").And.NotContain("north");
        }

        var seen = (await app.GetAsync("api/trigger?id=cards", Visitor.Operator)).GetRawText();
        seen.Should().Contain("visa").And.Contain("north").And.Contain("[redacted]");
    }

    [Fact]
    public async Task RedrivingAll_RedrivesWhatTheListShows_AndIsListedAsAnOperation()
    {
        var fails = true;
        await using var app = await StartAsync(
            context => fails ? throw new InvalidOperationException($"no {context.Event.Country}") : default);
        await app.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 20).Select(static n => new OrderPlaced(n, n % 2 == 0 ? "DE" : "AT"))]);
        await Wait.UntilAsync(async () => (await Events(app).CountAsync()).Dead == 20, "all are dead");
        fails = false;

        const string Filters = "?group=default&status=Dead&errorContains=no+AT";
        (await app.GetAsync($"api/deliveries{Filters}")).GetProperty("rows").GetArrayLength().Should().Be(10);
        await app.PostAsync($"api/deliveries/redrive{Filters}", """{"ratePerSecond":1000}""");

        await Wait.UntilAsync(async () => (await Events(app).CountAsync()).Processed == 10, "those of the list are handled");
        await Wait.UntilAsync(
            async () => (await app.GetAsync("api/operations"))[0].GetProperty("status").GetString() == "Completed", "it ends");
        var operation = (await app.GetAsync("api/operations"))[0];
        operation.GetProperty("kind").GetString().Should().Be("RedriveEvents");
        operation.GetProperty("changed").GetInt32().Should().Be(10);
        operation.GetProperty("by").GetString().Should().Be("operator");
        (await Events(app).CountAsync()).Dead.Should().Be(10);
        var entry = (await app.GetAsync("api/audit"))[0].GetProperty("entry");
        entry.GetProperty("action").GetString().Should().Be("redrive events");
        entry.GetProperty("details").GetString().Should().Contain(operation.GetProperty("id").GetString())
            .And.Contain("errorContains=no+AT");
    }

    // A filter that is left out means more deliveries than were meant.
    [Theory]
    [InlineData("?group=default&errorcontain=x", "There is no filter 'errorcontain'")]
    [InlineData("?group=default&before=soon", "'before' must be a moment")]
    [InlineData("?group=default&status=Dead&type=", "The filter 'type' is empty")]
    [InlineData("?group=default&status=Ready,Dead", "'status' must be one of Ready, Delayed")]
    [InlineData("?status=Dead", "The query needs 'group'.")]
    [InlineData("?group=default&status=Ready", "Dead")]
    public async Task ABulkOperationThatIsNotClear_IsRefused(string filters, string words)
    {
        await using var app = await StartAsync(static _ => default);

        using var response = await app.SendAsync(
            Visitor.Operator, HttpMethod.Post, $"/triggers/api/deliveries/redrive{filters}", "{}");

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).Should().Contain(words.Replace("'", "\\u0027", StringComparison.Ordinal));
        (await app.GetAsync("api/operations")).GetArrayLength().Should().Be(0);
    }

    [Theory]
    [InlineData("api/event?id=none", HttpStatusCode.NotFound, "There is no event 'none'")]
    [InlineData("api/trigger?id=none", HttpStatusCode.NotFound, "There is no trigger 'none'")]
    [InlineData("api/event", HttpStatusCode.BadRequest, "The query needs 'id'.")]
    [InlineData("api/deliveries?group=a%20b", HttpStatusCode.BadRequest, "The group must consist of")]
    [InlineData("api/deliveries?group=a&status=9", HttpStatusCode.BadRequest, "'status' must be one of Ready, Delayed")]
    [InlineData("api/deliveries?group=a&limit=1000", HttpStatusCode.BadRequest, "'limit' must be a number from 1 to 100")]
    [InlineData("api/deliveries?group=a&from=yesterday", HttpStatusCode.BadRequest, "'from' must be a moment")]
    [InlineData("api/deliveries?group=a&cursor=x", HttpStatusCode.BadRequest, "cursor")]
    [InlineData("ui/none.js", HttpStatusCode.NotFound, "no file")]
    public async Task WhatIsWrong_IsSaidInPlainWords(string path, HttpStatusCode status, string words)
    {
        await using var app = await StartAsync(static _ => default);

        using var response = await app.SendAsync(Visitor.Viewer, HttpMethod.Get, $"/triggers/{path}");

        response.StatusCode.Should().Be(status);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("detail").GetString().Should().Contain(words).And.NotContain("Parameter");
        problem.GetProperty("status").GetInt32().Should().Be((int)status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":"a","group":"b"}""")]
    public async Task ABodyThatIsNotRight_IsRefused(string body)
    {
        await using var app = await StartAsync(static _ => default);

        using var response = await app.SendAsync(Visitor.Operator, HttpMethod.Post, "/triggers/api/triggers/pause", body);

        response.StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task WhileRedisIsAway_Answers503_AndGoesOnWhenItIsBack()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{redis.HostThrough(proxy.ConnectionString)},abortConnect=false,asyncTimeout=500,connectTimeout=500");
        await using var app = await DashboardApp.StartAsync(
            redis, connection: connection, options: static options => options.OperationTimeout = TimeSpan.FromSeconds(1));
        (await app.GetAsync("api/overview")).GetProperty("groups").GetArrayLength().Should().BeGreaterThanOrEqualTo(0);

        await proxy.RetargetAsync("127.0.0.1:1");
        await Wait.UntilAsync(
            async () =>
            {
                using var response = await app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/api/consumers");
                return response.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "it says that Redis is away");
        await proxy.RetargetAsync(redis.Server.ConnectionString);

        await Wait.UntilAsync(
            async () =>
            {
                using var response = await app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/api/overview");
                return response.StatusCode == HttpStatusCode.OK;
            },
            "it is back");
    }

    [Fact]
    public async Task TheStream_SendsOverviews_AndEndsWithTheHost()
    {
        var app = await StartAsync(static _ => default);
        using var response = await app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/api/live");
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());

        (await Wait.ForAsync(lines.ReadLineAsync())).Should().Be("event: overview");
        JsonDocument.Parse((await Wait.ForAsync(lines.ReadLineAsync()))!["data: ".Length..]).RootElement
            .GetProperty("groups").ValueKind.Should().Be(JsonValueKind.Array);

        // A stream that did not end would hold the host up for its whole shutdown timeout of 30 seconds.
        var began = TimeProvider.System.GetTimestamp();
        await app.DisposeAsync();
        TimeProvider.System.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(25));
    }

    [Fact]
    public async Task ThePath_EndsWithASlash_WhateverStandsBeforeIt()
    {
        await using var app = await DashboardApp.StartAsync(redis, map: static app =>
        {
            app.UsePathBase("/base");
            app.UseRouting();
            app.MapEventTriggersDashboard("/triggers").AllowAnonymous();
        });

        (string, string)[] paths =
            [("/triggers", "./triggers/"), ("/base/triggers", "./triggers/"), ("/triggers?a=1", "./triggers/?a=1")];
        foreach (var (path, location) in paths)
        {
            using var response = await app.SendAsync(Visitor.Anonymous, HttpMethod.Get, path);
            response.StatusCode.Should().Be(HttpStatusCode.TemporaryRedirect);
            response.Headers.GetValues("Location").Single().Should().Be(location);
        }

        using var page = await app.SendAsync(Visitor.Anonymous, HttpMethod.Get, "/base/triggers/");
        page.StatusCode.Should().Be(HttpStatusCode.OK);
        page.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
    }

    [Fact]
    public async Task AFileThatTheBrowserHas_IsNotSentAgain()
    {
        await using var app = await StartAsync(static _ => default);
        using var first = await app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/ui/app.js");

        using var second = await app.SendAsync(
            Visitor.Viewer, HttpMethod.Get, "/triggers/ui/app.js", change: request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));

        first.Content.Headers.ContentType!.MediaType.Should().Be("text/javascript");
        second.StatusCode.Should().Be(HttpStatusCode.NotModified);
    }

    private static IEventStore Events(DashboardApp app) => app.Services.GetRequiredService<IEventStore>();

    private static IGroupStore Groups(DashboardApp app) => app.Services.GetRequiredService<IGroupStore>();

    private static async Task<JsonElement> OverviewAsync(DashboardApp app, Func<JsonElement, bool> until)
    {
        JsonElement last = default;
        await Wait.UntilAsync(async () => until(last = await app.GetAsync("api/overview")), "the overview has it");
        return last;
    }

    private Task<DashboardApp> StartAsync(
        Func<EventContext<OrderPlaced>, ValueTask> handle, Action<EventTriggersDashboardOptions>? configure = null) =>
        DashboardApp.StartAsync(
            redis, builder => builder.AddHandler<OrderPlaced>((context, _) => handle(context)), configure,
            options: static options => options.MaxAttempts = 1);
}
