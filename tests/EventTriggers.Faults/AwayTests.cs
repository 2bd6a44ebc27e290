using System.Diagnostics;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// While Redis is away each call ends with its own time, or with its token while nothing was sent, and the first failure is told at once.
/// </summary>
public sealed class AwayTests(RedisFixture redis)
{
    // Far less than the client's time-out, five seconds, which each attempt took; far more than a busy machine stands still.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(2.9);

    // What the calls have.
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    // Updating a trigger, pausing a group and discarding unrouted events read first.
    private static readonly string[] Changing =
    [
        "publish", "cancel", "redrive", "add", "pause", "resume", "reschedule", "fire", "remove", "unsubscribe",
    ];

    private static Dictionary<string, Func<TestHost, CancellationToken, Task>> All { get; } = new()
    {
        ["publish"] = (host, token) => host.Bus.PublishAsync(new OrderPlaced(1), cancellationToken: token).AsTask(),
        ["publish many"] = (host, token) => host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)], cancellationToken: token)
            .AsTask(),
        ["publish raw"] = (host, token) => host.Bus.PublishRawAsync("order.placed", "{}"u8.ToArray(), cancellationToken: token).AsTask(),
        ["explain an event"] = (host, token) => host.Events.ExplainAsync("a", token).AsTask(),
        ["find an event"] = (host, token) => host.Events.FindAsync("a", token).AsTask(),
        ["query events"] = async (host, token) => await host.Events.QueryAsync(new EventQuery(), token).GetAsyncEnumerator(token)
            .MoveNextAsync(),
        ["count deliveries"] = (host, token) => host.Events.CountAsync(cancellationToken: token).AsTask(),
        ["cancel an event"] = (host, token) => host.Events.CancelAsync("a", token).AsTask(),
        ["redrive an event"] = (host, token) => host.Events.RedriveAsync("a", cancellationToken: token).AsTask(),
        ["add a trigger"] = (host, token) => host.Triggers.AddAsync(Timer, token).AsTask(),
        ["add a trigger for events"] = (host, token) => host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)), token)
            .AsTask(),
        ["update a trigger"] = (host, token) => host.Triggers.UpdateAsync("t", Timer, token).AsTask(),
        ["find a trigger"] = (host, token) => host.Triggers.FindAsync("t", token).AsTask(),
        ["query triggers"] = async (host, token) => await host.Triggers.QueryAsync(new TriggerQuery(), token).GetAsyncEnumerator(token)
            .MoveNextAsync(),
        ["read a trigger's history"] = (host, token) => host.Triggers.HistoryAsync("t", token).AsTask(),
        ["explain a trigger"] = (host, token) => host.Triggers.ExplainAsync("t", "a", token).AsTask(),
        ["explain the triggers of a type"] = (host, token) => host.Triggers.ExplainAsync("order.placed", "{}"u8.ToArray(), token).AsTask(),
        ["cancel a trigger"] = (host, token) => host.Triggers.CancelAsync("t", token).AsTask(),
        ["pause a trigger"] = (host, token) => host.Triggers.PauseAsync("t", token).AsTask(),
        ["resume a trigger"] = (host, token) => host.Triggers.ResumeAsync("t", token).AsTask(),
        ["reschedule a trigger"] = (host, token) => host.Triggers.RescheduleAsync("t", DateTimeOffset.UnixEpoch, token).AsTask(),
        ["list groups"] = (host, token) => host.Groups.ListAsync(token).AsTask(),
        ["list keys"] = (host, token) => host.Groups.ListKeysAsync("default", cancellationToken: token).AsTask(),
        ["list consumers"] = (host, token) => host.Groups.ListConsumersAsync(token).AsTask(),
        ["look, and pause a group"] = (host, token) => host.Groups.PauseAsync("default", cancellationToken: token).AsTask(),
        ["resume a group"] = (host, token) => host.Groups.ResumeAsync("default", token).AsTask(),
        ["look, and set the concurrency of a group"] = (host, token) =>
            host.Groups.SetConcurrencyAsync("default", 3, cancellationToken: token).AsTask(),
        ["wait for a group"] = (host, token) => host.Groups.WaitUntilDrainedAsync("default", token).AsTask(),
        ["remove a group"] = (host, token) => host.Groups.RemoveAsync("default", cancellationToken: token).AsTask(),
        ["unsubscribe a group"] = (host, token) => host.Groups.UnsubscribeAsync("default", "order.placed", false, token).AsTask(),
        ["look, and discard unrouted events"] = (host, token) => host.Groups.DiscardUnroutedAsync("order.placed", token).AsTask(),
        ["fire a trigger"] = (host, token) => host.Triggers.FireNowAsync("t", token).AsTask(),
    };

    private static Trigger Timer => Trigger.After(TimeSpan.FromHours(1)).Publish(new Reminder(1));

    [Fact]
    public async Task EachCall_WhileRedisWasNeverThere_EndsWithItsTime_AndChangesNothing()
    {
        await using var connection = await NowhereAsync();
        await using var host = TestHost.Create(
            redis, configure: static options => options.OperationTimeout = Time, connection: connection);

        foreach (var (what, took, failure) in await CallAllAsync(host, CancellationToken.None))
        {
            failure.Should().BeAssignableTo<StoreUnavailableException>(what).Which.MayHaveHappened.Should().BeFalse(what);
            var said = Changing.Contains(what.Split(' ')[0]) ? "confirm it within 00:00:02; nothing was changed" : "answer within 00:00:02";
            failure!.Message.Should()
                .MatchRegex($"^Could not [a-z' ]+: Redis did not {said}\\. No connection to the server is open\\.$", what);
            took.Should().BeGreaterThan(0.9 * Time).And.BeLessThan(Time + Late, what);
        }
    }

    [Fact]
    public async Task EachCall_WhileRedisWasNeverThere_IsWithdrawnByItsToken()
    {
        await using var connection = await NowhereAsync();
        await using var host = TestHost.Create(redis, connection: connection);

        await BeWithdrawnAsync(host);
    }

    [Fact]
    public async Task EachCall_AfterRedisWasKilled_IsWithdrawnByItsToken()
    {
        await using var away = await Away.KilledAsync(redis);

        await BeWithdrawnAsync(away.Host);
    }

    // It takes what is sent and does not answer: what changes something may happen yet.
    [Fact]
    public async Task EachCall_WhileRedisHangs_EndsWithItsTime()
    {
        await using var away = await Away.HangingAsync(redis);

        var ended = await CallAllAsync(away.Host, CancellationToken.None);
        await away.Server.ContinueAsync();

        foreach (var (what, took, failure) in ended)
        {
            failure.Should()
                .BeAssignableTo<StoreUnavailableException>(what).Which.MayHaveHappened.Should()
                .Be(Changing.Contains(what.Split(' ')[0]) && what is not ("publish many" or "publish raw"),
                    $"{what}: a publish waits behind the one that was sent");
            took.Should().BeGreaterThan(0.9 * Time).And.BeLessThan(Time + Late, what);
        }
    }

    // What waits behind calls that are under way waits no longer than they do, and is not sent afterwards.
    [Fact]
    public async Task Publish_BehindOthers_WhileRedisHangs_EndsWithItsTime()
    {
        await using var away = await Away.HangingAsync(redis);
        var (host, server) = (away.Host, away.Server);

        var all = await Task.WhenAll(
            Enumerable.Range(1, 500)
                .Select(n => TimeAsync(() => host.Bus.PublishAsync(new OrderPlaced(n), new PublishOptions { Id = $"e{n}" }).AsTask())));
        await server.ContinueAsync();
        await host.Bus.PublishAsync(new OrderPlaced(0));

        all.Should().OnlyContain(call => call.Failure is StoreUnavailableException && call.Took < Time + Late);
        var unsent = all.Index().Where(call => call.Item.Failure is StoreUnavailableException { MayHaveHappened: false })
            .Select(call => call.Index + 1).ToArray();
        unsent.Should().NotBeEmpty();
        foreach (var n in unsent)
        {
            (await host.Events.FindAsync($"e{n}")).Should().BeNull("it was said that nothing was changed");
        }
    }

    [Fact]
    public async Task Call_WhenRedisComesBack_Succeeds_AndBothAreTold()
    {
        await using var away = await Away.KilledAsync(redis);
        var (host, server) = (away.Host, away.Server);

        var publish = host.Bus.PublishAsync(new OrderPlaced(2)).AsTask();
        await Wait.UntilAsync(() => Told(host, "51").Length == 1, "it is told at once");
        var find = host.Triggers.FindAsync("t").AsTask();
        await server.RestartAsync();
        await Task.WhenAll(publish, find);

        Told(host, "51")
            .Should()
            .Equal(
                "Redis does not answer: could not publish yet (No connection to the server is open.). It is tried again for 00:00:30 in "
                + "all; waiting calls end at their own time limits. ");
        Told(host, "52").Should().ContainSingle().Which.Should().MatchRegex("^Redis answers again: .* succeeded\\. $");
    }

    [Fact]
    public async Task Loop_ThatFindsNoRedis_TellsSoAtOnce()
    {
        await using var connection = await NowhereAsync();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default), connection: connection);
        var clock = Stopwatch.StartNew();

        host.Start();
        await Wait.UntilAsync(() => Told(host, "51").Length == 1, "it is told");

        clock.Elapsed.Should().BeLessThan(Late);
    }

    private static async Task BeWithdrawnAsync(TestHost host)
    {
        using var token = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));
        foreach (var (what, took, failure) in await CallAllAsync(host, token.Token))
        {
            failure.Should().BeAssignableTo<OperationCanceledException>(what);
            took.Should().BeLessThan(Late, what);
        }
    }

    private static async Task<IReadOnlyList<(string What, TimeSpan Took, Exception? Failure)>> CallAllAsync(
        TestHost host, CancellationToken token) =>
        await Task.WhenAll(
            All.Select(
                async call => await TimeAsync(() => call.Value(host, token)) is var ended
                    ? (call.Key, ended.Took, ended.Failure)
                    : default));

    private static string[] Told(TestHost host, string id) => host.Log.TextsOf(id);

    private static async Task<(TimeSpan Took, Exception? Failure)> TimeAsync(Func<Task> call)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            await call();
            return (clock.Elapsed, null);
        }
        catch (Exception e)
        {
            // What it is the test looks at.
            return (clock.Elapsed, e);
        }
    }

    // Nobody listens there.
    private static Task<ConnectionMultiplexer> NowhereAsync() =>
        ConnectionMultiplexer.ConnectAsync("127.0.0.1:1,abortConnect=false,connectTimeout=500,connectRetry=1");

    // A host that has used a server of its own, which then goes away.
    private sealed record Away(OwnRedis Server, ConnectionMultiplexer Connection, TestHost Host) : IAsyncDisposable
    {
        public static async Task<Away> KilledAsync(RedisFixture redis)
        {
            var server = await OwnRedis.StartAsync(redis);
            var away = await UseAsync(redis, server, await server.ConnectAsync());
            await server.KillAsync();
            await Wait.UntilAsync(() => !away.Connection.IsConnected, "the client notices");
            return away;
        }

        // Calls have two seconds; the client itself would wait longer.
        public static async Task<Away> HangingAsync(RedisFixture redis)
        {
            var server = await OwnRedis.StartAsync(redis);
            var away = await UseAsync(
                redis, server, await OwnRedis.ConnectAsync(
                    server.ConnectionString, timeout: TimeSpan.FromSeconds(30)),
                        static options => options.OperationTimeout = Time);
            await server.StopAsync();
            return away;
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await Connection.DisposeAsync();
            await Server.DisposeAsync();
        }

        private static async Task<Away> UseAsync(
            RedisFixture redis, OwnRedis server, ConnectionMultiplexer connection, Action<RedisTriggersOptions>? configure = null)
        {
            var host = TestHost.Create(redis, configure: configure, connection: connection);
            await host.Bus.PublishAsync(new OrderPlaced(0));
            return new Away(server, connection, host);
        }
    }
}
