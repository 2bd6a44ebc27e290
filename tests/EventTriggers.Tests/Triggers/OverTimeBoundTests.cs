using System.Globalization;
using System.Text;
using EventTriggers.Redis.Operations;
using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>How much triggers over time keep and do in one step, and what is said beyond that.</summary>
public sealed class OverTimeBoundTests(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task Values_BeyondTheBound_ArePassedOver_AndReported()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), static options => options.MostLiveKeys = 3);
        var id = await scene.AddAsync(Trigger.On("fail").Per("k").Count(2).Within(Second));
        await scene.AddAsync(Trigger.On("fail").Count(6).Within(Second));

        foreach (var k in (int[])[1, 2, 3, 4, 4, 1])
        {
            await scene.PublishAsync("fail", $$"""{"k":{{k}}}""");
        }

        var raised = await scene.RaisedAsync();
        raised.Where(one => one.Firing.TriggerId == id).Select(static one => Json(one.Firing)).Should().Equal("""{"k":1}{"k":1}""");
        raised.Should().HaveCount(2, "the other trigger counts all six");
        (await scene.Host.Triggers.FindAsync(id))!.Error.Should()
            .Be("Its key has more than 3 values in 61000 ms: events with further ones are passed over.");
        scene.Host.Log.Texts.Should().ContainSingle(text => text.StartsWith($"Trigger '{id}' dropped an event", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ValuesOfDistinct_BeyondTheBound_ArePassedOver_UntilThereIsRoom()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), static options => options.MostLiveKeys = 2);
        await scene.AddAsync(Trigger.On("seen").DistinctBy("k", Second));

        foreach (var k in (int[])[1, 2, 3])
        {
            await scene.PublishAsync("seen", $"{{\"k\":{k}}}");
        }

        var before = await scene.CausesAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(62));
        await scene.PublishAsync("seen", """{"k":3}""");

        before.Should().Equal("""{"k":1}""", """{"k":2}""");
        (await scene.CausesAsync()).Should().Equal("""{"k":3}""");
    }

    [Fact]
    public async Task WhatWaits_BeyondAThousand_IsDropped_AndReported()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Hour));
        await scene.PublishAsync("ask", "0");
        var kept = await scene.KeptAsync(id);
        await FillAsync(kept[0], scene, 1500);

        for (var n = 0; n < 8; n++)
        {
            await scene.PublishAsync("ask", "1");
        }

        (await redis.Database.SortedSetLengthAsync(kept[0], 0)).Should().BeInRange(1000, 1008);
        (await scene.Host.Triggers.FindAsync(id))!.Error.Should().StartWith("More than 1000 events of one value of its key");
        scene.Host.Log.Texts.Should().ContainSingle(text => text.StartsWith($"Trigger '{id}' dropped an event", StringComparison.Ordinal));
    }

    // Of answers that come densely, few tell as much as all.
    [Fact]
    public async Task Answers_BeyondAThousand_StillAnswerWhatComesLate()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Second));
        await scene.Host.Bus.PublishRawAsync("ask", "1"u8.ToArray());
        var held = await scene.HoldAsync();
        scene.Clock.Advance(2 * Second);
        await scene.PublishAsync("answer", "2");
        var kept = await scene.KeptAsync(id);
        await FillAsync(kept[1], scene, 1500);

        for (var n = 0; n < 8; n++)
        {
            await scene.PublishAsync("answer", "2");
        }

        await scene.MatchAsync(held[0]);
        await scene.PassAsync(Second);

        (await redis.Database.SortedSetLengthAsync(kept[1], 0)).Should().BeLessThan(20);
        (await scene.RaisedAsync()).Should().BeEmpty("an answer 1499 ms earlier is half a second after it");
        scene.Host.Log.Texts.Should().NotContain(static text => text.Contains("dropped an event", StringComparison.Ordinal));
    }

    // A trigger of a second over random keys keeps a minute of them, not an hour.
    [Theory]
    [InlineData(1, 61)]
    [InlineData(60, 180)]
    [InlineData(3600, 10_800)]
    public async Task WhatIsKept_IsKeptByTheSpan_AndAtLeastAMinute(int span, int seconds)
    {
        await using var scene = await CreateAsync();
        var all = new[]
        {
            await scene.AddAsync(
                Trigger.On("fail").Count(2).Within(span * Second)), await scene.AddAsync(Trigger.On("fail").FollowedBy("next")
                    .Within(span * Second)),
            await scene.AddAsync(
                Trigger.On("fail").AtMost(1, span * Second)), await scene.AddAsync(Trigger.On("fail").DistinctBy("k", span * Second)),
        };
        await scene.PublishAsync("fail", """{"k":1}""");
        await scene.PublishAsync("next", "{}");

        var lives = new List<TimeSpan>();
        foreach (var id in all)
        {
            var root = $"{scene.Host.Keyspace.Partitions[0].Keys.Root}:";
            foreach (var server in redis.Connection.GetServers())
            {
                await foreach (var key in server.KeysAsync(pattern: $"{root.Replace("{", "[{]", StringComparison.Ordinal)}*:{id}#*"))
                {
                    if (!key.ToString().Contains(":live:", StringComparison.Ordinal))
                    {
                        lives.Add((await redis.Database.KeyTimeToLiveAsync(key))!.Value);
                    }
                }
            }
        }

        lives.Should().HaveCountGreaterThanOrEqualTo(6).And.OnlyContain(life => life <= seconds * Second && life > (seconds - 30) * Second);
    }

    [Theory]
    [InlineData("over", "without x 60000 0")]
    [InlineData("over", "sometimes 0 1000 0")]
    [InlineData("throttle", "often")]
    [InlineData("distinct", "/k")]
    [InlineData("fired", "twice")]
    public async Task ATriggerThatSomethingElseHasWrittenTo_IsReported_AndTheOthersFire(string field, string value)
    {
        await using var scene = await CreateAsync();
        var (bad, good) = (
            await scene.AddAsync(
                Trigger.On("ask").NotFollowedBy("answer").Within(Second)), await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer")
                    .Within(Second)));
        await scene.PublishAsync("ask", "1");
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger(bad), field, value);

        await scene.PassAsync(Second);
        await scene.PublishAsync("ask", "2");
        await scene.PassAsync(Second);

        (await scene.RaisedAsync()).Select(static one => one.Firing.TriggerId).Should().Equal(good, good);
        scene.Host.Log.Texts.Should()
            .Contain(
                text => text.StartsWith($"Trigger '{bad}' dropped an event", StringComparison.Ordinal)
                    && text.Contains("Something else has written", StringComparison.Ordinal));
    }

    // How long the server works without a break; not judged by the clock.
    [Fact]
    public async Task AnEventThatAnswersManyTriggers_IsShownInSeveralCalls()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), connection: connection);
        var all = new List<RedisKey>();
        for (var n = 0; n < 20; n++)
        {
            all.Add((await scene.KeptAsync(await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Hour))))[0]);
        }

        await scene.PublishAsync("ask", "1");
        foreach (var key in all)
        {
            await FillAsync(key, scene, 1000, connection.GetDatabase());
        }

        var node = connection.GetServers()[0];
        await node.ConfigSetAsync("slowlog-log-slower-than", "300");
        await node.ConfigSetAsync("slowlog-max-len", "1000");
        var before = await CpuAsync(node);
        await scene.PublishAsync("answer", "2");
        var cpu = await CpuAsync(node) - before;
        await scene.PassAsync(Hour);

        var calls = (await node.SlowlogGetAsync(1000))
            .Where(
                static call => call.Arguments.Length > 1
                    && call.Arguments[0].ToString().Equals("EVALSHA", StringComparison.OrdinalIgnoreCase))
            .ToLookup(static call => call.Arguments[1].ToString());
        var observed = calls[Script.Observe.Sha1].ToArray();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"observe.lua: {observed.Length} calls for one event that answers 20 000, the slowest "
                + $"{observed.Max(static call => call.Duration.TotalMilliseconds)} ms; {cpu * 1000 / observed.Length:0.0} ms of the "
                + $"server's CPU a call"));
        observed.Length.Should().BeGreaterThanOrEqualTo(4, "5000 entries a call");
        (await Task.WhenAll(all.Select(key => connection.GetDatabase().SortedSetLengthAsync(key, 0)))).Should().AllBeEquivalentTo(0);
        (await scene.RaisedAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatIsDueAtOnce_FiresInSeveralCalls()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), connection: connection);
        await scene.AddAsync(Trigger.On("ask").Per("k").NotFollowedBy("answer").Within(Hour));
        await scene.AddAsync(Trigger.On("ask").Per("k").Debounce(Hour));
        await Task.WhenAll(
            Enumerable.Range(0, 1500)
                .Select(n => scene.Host.Bus.PublishRawAsync("ask", Encoding.UTF8.GetBytes($"{{\"k\":{n % 3}}}")).AsTask()));
        await scene.MatchAsync();
        var node = connection.GetServers()[0];
        await node.ConfigSetAsync("slowlog-log-slower-than", "300");
        await node.ConfigSetAsync("slowlog-max-len", "1000");

        scene.Clock.Advance(Hour);
        for (var n = 0; n < 200 && await scene.AdvanceAsync() <= scene.Clock.GetUtcNow().ToUnixTimeMilliseconds(); n++)
        {
        }

        var calls = (await node.SlowlogGetAsync(1000))
            .Where(static call => call.Arguments.Length > 1 && call.Arguments[1] == Script.FireWaiting.Sha1).ToArray();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"fire_waiting.lua: {calls.Length} calls for 1503 firings, the slowest "
                + $"{calls.Max(static call => call.Duration.TotalMilliseconds)} ms"));
        calls.Length.Should().BeGreaterThanOrEqualTo(30, "50 firings a call");
        (await scene.RaisedAsync()).Should().HaveCount(1503);
    }

    // In seconds: unlike the duration of a call it does not grow when the machine has much else to do.
    private static async Task<double> CpuAsync(IServer node) => (await node.InfoAsync("cpu")).SelectMany(static part => part)
        .Where(static line => line.Key is "used_cpu_user" or "used_cpu_sys")
            .Sum(static line => double.Parse(line.Value, CultureInfo.InvariantCulture));

    private static string Json(Firing firing) =>
        string.Concat(firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Payload.Span)));

    // Entries of events that were published one ms after the other until now.
    private Task FillAsync(RedisKey key, MatchScene scene, int count, IDatabase? database = null)
    {
        var now = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return (database ?? redis.Database)
            .SortedSetAddAsync(key, [.. Enumerable.Range(0, count).Select(n => new SortedSetEntry($"10filled{n}", now - n))]);
    }

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
