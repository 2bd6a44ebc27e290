using System.Globalization;
using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Dashboard.Tests;

/// <summary>
/// What pages cost the server among very many dead letters and triggers. By default it counts the calls of each page among a few thousand.
/// EVENTTRIGGERS_DASHBOARD_DEAD and EVENTTRIGGERS_DASHBOARD_TRIGGERS set how many, and have the server's time measured as well.
/// </summary>
public sealed class ScaleTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int MostScripts = 40;
    private const int MostCommands = 3000;

    private static readonly bool IsMeasured = Environment.GetEnvironmentVariable("EVENTTRIGGERS_DASHBOARD_DEAD") is not null;
    private static readonly int Dead = Number("EVENTTRIGGERS_DASHBOARD_DEAD", 5_000);
    private static readonly int Triggers = Number("EVENTTRIGGERS_DASHBOARD_TRIGGERS", 1_000);
    private static readonly int Keys = IsMeasured ? 10_000 : 1_000;
    private static readonly int Waiting = IsMeasured ? 100_000 : 5_000;
    private static readonly TimeSpan MostOfAPage = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MostOfAScript = TimeSpan.FromMilliseconds(5);

    private static readonly string[] Pages =
    [
        "session", "overview", "rates?span=hour", "rates?span=day", "rates?span=week", "groups", "deliveries?group=default&status=Dead",
        "deliveries?group=default&status=Dead&limit=100", "deliveries?group=default&errorContains=rare", "deliveries?group=default",
        "keys?group=ordered", "deliveries?group=ordered&key=k0", "deliveries?group=ordered&status=Ready", "unrouted",
        "event?id=e0000100", "effects?id=e0000100", "triggers", "triggers?limit=100", "triggers?kind=On", "trigger?id=t100",
        "upcoming", "types", "type?name=order.placed", "consumers", "server", "audit", "operations",
    ];

    [Fact]
    public async Task APage_CostsTheServerLittle_HoweverMuchThereIs()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var app = await StartAsync(connection);
        await FillAsync(app, connection.GetDatabase());
        await FillKeysAsync(app, connection.GetDatabase());
        var admin = connection.GetServers()[0];
        await admin.ConfigSetAsync("slowlog-max-len", "100000");

        // To log everything costs more than what is logged: where time is measured, what takes less than 0.1 ms is left out.
        await admin.ConfigSetAsync("slowlog-log-slower-than", IsMeasured ? "100" : "0");

        foreach (var page in Pages)
        {
            // The first call of a script sends its text; the other dashboard has no part in what this one remembers.
            using (await app.SendAsync(Visitor.Viewer, HttpMethod.Get, $"/other/api/{page}"))
            {
            }

            await admin.SlowlogResetAsync();
            await app.GetAsync($"api/{page}");
            var all = await admin.SlowlogGetAsync(100_000);
            var scripts = all.Where(static call => ((string)call.Arguments[0]!).StartsWith("EVAL", StringComparison.OrdinalIgnoreCase))
                .ToArray();

            // What runs in a script is counted once more by itself: the sum is more than was worked.
            var sum = all.Aggregate(TimeSpan.Zero, static (sum, call) => sum + call.Duration);
            var most = scripts.Select(static call => call.Duration).DefaultIfEmpty().Max();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{page,-44} {scripts.Length,3} scripts, {all.Length,4} commands, {sum.TotalMilliseconds,7:0.00} ms; "
                + $"the longest script {most.TotalMilliseconds:0.00} ms"));
            scripts.Length.Should().BeLessThan(MostScripts, page);
            all.Length.Should().BeLessThan(MostCommands, page);
            if (IsMeasured)
            {
                sum.Should().BeLessThan(MostOfAPage, page);
                most.Should().BeLessThan(MostOfAScript, page);
            }
        }
    }

    [Fact]
    public async Task TenBrowsers_ForAMinute_CostLessThanAHundredthOfACore()
    {
        Assert.SkipUnless(IsMeasured, "It takes four minutes: set EVENTTRIGGERS_DASHBOARD_DEAD.");
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var app = await StartAsync(connection);
        await FillAsync(app, connection.GetDatabase());

        // The first minute after so much was written is not like those that follow.
        await CpuOfAMinuteAsync(connection);
        var before = await CpuOfAMinuteAsync(connection);
        var streams = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/api/live")));
        var reading = streams.Select(static async stream =>
        {
            using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
            while (await lines.ReadLineAsync() is not null)
            {
            }
        }).ToArray();
        var with = await CpuOfAMinuteAsync(connection);
        foreach (var stream in streams)
        {
            stream.Dispose();
        }

        await FluentActions.Awaiting(() => Task.WhenAll(reading)).Should().ThrowAsync<IOException>("the streams were cut");
        var after = await CpuOfAMinuteAsync(connection);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"of a core of the server: {before / 60:0.00 %} without a browser, {with / 60:0.00 %} with ten, {after / 60:0.00 %} after"));
        ((with - ((before + after) / 2)) / 60).Should().BeLessThan(0.01);
    }

    private static int Number(string variable, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(variable) ?? $"{otherwise}", CultureInfo.InvariantCulture);

    private static async Task<double> CpuOfAMinuteAsync(ConnectionMultiplexer connection)
    {
        var before = await CpuAsync(connection);
        await Task.Delay(TimeSpan.FromMinutes(1), CancellationToken.None);
        return await CpuAsync(connection) - before;
    }

    private static async Task<double> CpuAsync(ConnectionMultiplexer connection) =>
        (await connection.GetServers()[0].InfoAsync("cpu")).SelectMany(static section => section)
            .Where(static pair => pair.Key is "used_cpu_user" or "used_cpu_sys")
            .Sum(static pair => double.Parse(pair.Value, CultureInfo.InvariantCulture));

    private Task<DashboardApp> StartAsync(IConnectionMultiplexer connection) => DashboardApp.StartAsync(
        redis, static bus => bus.AddHandler<OrderPlaced>(static (_, _) => default).AddHandler<Reminder>(static (_, _) => default),
        map: static app =>
        {
            app.MapEventTriggersDashboard("/triggers").RequireAuthorization("look");
            app.MapEventTriggersDashboard("/other").RequireAuthorization("look");
        },
        connection: connection, options: static options => options.DeadLetterLimit = 2_000_000);

    // Keys of which one delivery waits behind another, and many of the first one.
    private static async Task FillKeysAsync(DashboardApp app, IDatabase database)
    {
        var (root, now) = ($"{{{app.Prefix}:0}}", DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        async Task WriteAsync(IEnumerable<(int Key, int Number)> deliveries)
        {
            var batch = database.CreateBatch();
            Task[] all =
            [
                .. deliveries.SelectMany(one => (Task[])
                [
                    batch.ListLeftPushAsync($"{root}:backlog:ordered:k{one.Key}", $"k{one.Key}/{one.Number}"),
                    batch.HashSetAsync($"{root}:event:k{one.Key}/{one.Number}",
                    [
                        new("type", "order.placed"), new("at", now), new("data", """{"number":1}"""), new("key", $"k{one.Key}"),
                        new("status:ordered", "ready"),
                    ]),
                ]),
            ];
            batch.Execute();
            await Task.WhenAll(all);
        }

        await database.SortedSetAddAsync(
            $"{root}:backlogs:ordered", [.. Enumerable.Range(0, Keys).Select(n => new SortedSetEntry($"k{n}", now + n))]);
        await database.HashSetAsync(
            $"{root}:active:ordered", [.. Enumerable.Range(0, Keys).Select(static n => new HashEntry($"k{n}", $"k{n}/0"))]);
        foreach (var chunk in Enumerable.Range(0, Keys).Select(static n => (n, 1))
            .Concat(Enumerable.Range(2, Waiting).Select(static n => (0, n))).Chunk(2000))
        {
            await WriteAsync(chunk);
        }
    }

    private static async Task FillAsync(DashboardApp app, IDatabase database)
    {
        var triggers = app.Services.GetRequiredService<ITriggerStore>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 64 };
        await Parallel.ForAsync(0, Triggers, parallel, async (number, stop) => await triggers.AddAsync(
            Trigger.After(TimeSpan.FromMinutes(60 + (number % 2000))).WithId($"t{number}").Publish(new Reminder(number)), stop));
        await triggers.AddAsync(Trigger.Cron("* * * * *").WithId("minutely").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.On("order.placed").WithId("watching").Matching("""{"country":["AT"]}""").Publish(new Reminder(1)));

        // Written as it would stand there after all attempts failed; every hundredth with another error.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var chunk in Enumerable.Range(0, Dead).Chunk(2000))
        {
            var batch = database.CreateBatch();
            Task[] all =
            [
                batch.SortedSetAddAsync(
                    $"{{{app.Prefix}:0}}:dead:default", [.. chunk.Select(n => new SortedSetEntry($"e{n:0000000}", now - Dead + n))]),
                .. chunk.Select(n => batch.HashSetAsync($"{{{app.Prefix}:0}}:event:e{n:0000000}",
                [
                    new("type", "order.placed"), new("at", now), new("data", """{"number":1,"country":"DE"}"""), new("status:default", "dead"),
                    new("error:default", n % 100 == 0 ? "A rare failure." : "The usual failure."),
                ])),
            ];
            batch.Execute();
            await Task.WhenAll(all);
        }
    }
}
