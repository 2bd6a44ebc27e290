using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Consuming.Execution;
using EventTriggers.Testing;
using EventTriggers.Tests.Triggers;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>What needs a server that a test may fill, count on, or stop.</summary>
public sealed class OwnServerTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "50")]
    public async Task AFullServer_RefusesToPublishAndStillDrains()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        var (started, finish, handled) = (new TaskCompletionSource(), new TaskCompletionSource(), new ConcurrentBag<int>());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (context, token) =>
            {
                started.TrySetResult();
                await finish.Task.WaitAsync(token);
                handled.Add(context.Event.Number);
            }),
            options => (
                options.Concurrency, options.LeaseDuration, options.RenewalInterval) = (
                    2, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(50)),
            connection: connection).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 50).Select(n => new OrderPlaced(n))]);
        await Wait.ForAsync(started.Task);

        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        var publish = async () => await host.Bus.PublishAsync(new OrderPlaced(99));
        var refusal = (await publish.Should().ThrowAsync<StoreUnavailableException>()).Which;
        await Task.Delay(TimeSpan.FromSeconds(3));
        finish.SetResult();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()) is { Ready: 0, Leased: 0, Processed: 50 }, "all are processed");
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "0");
        await host.Bus.PublishAsync(new OrderPlaced(50));
        await Wait.UntilAsync(() => handled.Count == 51, "it goes on");

        refusal.MayHaveHappened.Should().BeFalse();
        handled.Order().Should().Equal(Enumerable.Range(0, 51), "the refused event is not there");
        host.Log.TextsOf("6").Should().BeEmpty("leases are renewed while memory is full");
    }

    [Theory]
    [Trait("Fault", "50")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFullServer_RefusesWhatCompletesATriggerOverTime_AndForgetsNothing(bool isSequence)
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), connection: connection);
        await (isSequence ? scene.AddAsync(
            Trigger.On("ask").FollowedBy("answer").Within(TimeSpan.FromHours(1))) : scene.AddAsync(Trigger.On("ask").Count(2)
                .Within(TimeSpan.FromHours(1))));
        await scene.PublishAsync("ask", "1");
        await scene.Host.Bus.PublishRawAsync(isSequence ? "answer" : "ask", "2"u8.ToArray());
        var lease = (await scene.HoldAsync()).Single();

        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");
        await scene.MatchAsync(lease);
        var raised = await scene.RaisedAsync();
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "0");
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        await scene.MatchAsync();

        raised.Should().BeEmpty();
        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    [Fact]
    public Task ASaturatedConsumerOfSeveralPartitions_DoesNotAskInCircles() =>
        DoesNotAskInCirclesAsync(40, static (_, _) => Task.CompletedTask);

    [Fact]
    public Task ASaturatedConsumerWithQuarantinedDeliveriesInSeveralPartitions_DoesNotAskInCircles() =>
        DoesNotAskInCirclesAsync(120, static async (host, connection) =>
    {
        foreach (var partition in host.Keyspace.Partitions)
        {
            var keys = partition.Keys.Of("default");
            await connection.GetDatabase().ListRightPopLeftPushAsync(keys.Ready, keys.Quarantine);
            await connection.GetSubscriber().PublishAsync(RedisChannel.Literal(partition.Channel), "default");
        }

        await Task.Delay(TimeSpan.FromMilliseconds(100));
    });

    // No polling: an idle consumer on a healthy connection asks only by its fallback poll, once in five seconds.
    [Fact]
    public async Task AnIdleConsumer_IsSilent()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default), connection: connection)
            .Start();
        await host.AsleepAsync(new OrderPlaced(2));

        var before = await ScriptCallsAsync(connection);
        await Task.Delay(TimeSpan.FromSeconds(1));

        (await ScriptCallsAsync(connection) - before).Should().BeLessThanOrEqualTo(1);
    }

    // Hosts that handle the same types pay one look for what is parked in each claim, and nothing else.
    [Fact]
    public async Task AClaimOfAGroupWhoseHostsHandleTheSame_RunsOneMoreCommandForThoseThatDoNot()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(n => new OrderPlaced(n))]);
        var groups = ((string[])["default", TriggerMatcher.Group]).Select(static name => new DeliveryQueue(name, concurrency: 2)).ToArray();
        using var claim = new Claimer(host.Keyspace, host.Keyspace.Partitions[0], groups, TimeProvider.System, NullLogger.Instance);

        var before = await CommandStats.CallsAsync(connection);
        for (var i = 0; i < 10; i++)
        {
            (await claim.RunOnceAsync("test")).HasTaken.Should().BeTrue();
            groups[0].ReturnWorkers(2);
        }

        var ran = (await CommandStats.CallsAsync(connection, before))
            .Where(static pair => pair.Value > 0 && pair.Key is not ("info" or "eval" or "evalsha" or "script|load"))
            .Select(static pair => $"{pair.Key} {pair.Value}");
        ran.Order()
            .Should()
            .Equal(
                "exists 10", "hgetall 20", "hset 20", "llen 30", "rpop 20", "set 10", "time 10", "zadd 21", "zcard 2", "zpopmax 9",
                "zrange 50");
    }

    [Fact]
    [Trait("Fault", "50")]
    public async Task AFullServer_StillLearnsWhoHandlesWhat()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");

        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Skip);
        await consumer.SubscribeAsync("order.placed");
        await consumer.LookAfterUnhandledAsync();

        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(1);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "0");
    }

    // Callers that queue behind an outage wait no longer than the first.
    [Fact]
    [Trait("Fault", "23")]
    [Trait("Fault", "48")]
    public async Task PublishingToAServerThatIsGone_EndsForEveryCallerAndSaysWhatIsKnown()
    {
        var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options =>
            (options.AbortOnConnectFail, options.AsyncTimeout, options.SyncTimeout) = (false, 300, 300));
        await using var host = TestHost.Create(
            redis, configure: options => options.OperationTimeout = TimeSpan.FromSeconds(1), connection: connection);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await server.DisposeAsync();

        var calls = Enumerable.Range(0, 2000).Select(n => host.Bus.PublishAsync(new OrderPlaced(n)).AsTask()).ToArray();
        await Wait.ForAsync(Task.WhenAll(calls).ContinueWith(static _ => { }, TaskScheduler.Default));

        var failures = calls.Select(call => call.Exception?.InnerException).ToList();
        failures.Should().AllBeOfType<StoreUnavailableException>();
        failures.OfType<StoreUnavailableException>().Should().Contain(e => !e.MayHaveHappened);
    }

    [Fact]
    [Trait("Fault", "51")]
    public async Task AServerThatEvicts_IsWarnedOf()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory-policy", "allkeys-lru");
        await using var host = TestHost.Create(redis, connection: connection);

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new OrderPlaced(2));

        host.Log.TextsOf("18").Should().ContainSingle().Which.Should().Contain("allkeys-lru");
    }

    // Security 16.
    [Fact]
    public async Task APassword_AppearsInNoExceptionAndNoLog()
    {
        await using var server = await StartAsync();
        await using var admin = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(server, admin) + ",abortConnect=false,asyncTimeout=300,syncTimeout=300");
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default),
            options => options.OperationTimeout = TimeSpan.FromSeconds(1), connection: connection).Start();
        await host.AsleepAsync(new OrderPlaced(1));
        var failures = new List<Exception>();

        await admin.GetServers()[0].ExecuteAsync("ACL", "SETUSER", LeastPrivilege.User, "resetpass", "-evalsha");
        failures.Add(
            (await FluentActions.Awaiting(
                () => host.Bus.PublishAsync(new OrderPlaced(2)).AsTask()).Should().ThrowAsync<Exception>()).Which);
        await server.DisposeAsync();
        failures.Add(
            (await FluentActions.Awaiting(
                () => host.Bus.PublishAsync(new OrderPlaced(3)).AsTask()).Should().ThrowAsync<Exception>()).Which);
        await Wait.UntilAsync(() => host.Log.TextsOf("12").Length > 0, "the loop tells");

        failures.Select(e => e.ToString()).Concat(host.Log.Texts).Should()
            .NotContain(text => text.Contains(LeastPrivilege.Password, StringComparison.Ordinal));
    }

    // Reads are tried again as well, and end alike.
    [Fact]
    [Trait("Fault", "48")]
    public async Task ReadingFromAServerThatIsGone_EndsWithAStoreUnavailableException()
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options =>
            (options.AbortOnConnectFail, options.AsyncTimeout, options.SyncTimeout) = (false, 300, 300));
        await using var host = TestHost.Create(
            redis, configure: options => options.OperationTimeout = TimeSpan.FromSeconds(1), connection: connection);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await server.DisposeAsync();

        Func<Task>[] reads =
        [
            () => host.Events.FindAsync("x").AsTask(),
            () => host.Events.CountAsync().AsTask(),
            () => host.Events.QueryAsync(new EventQuery()).CountAsync().AsTask(),
            () => host.Triggers.FindAsync("x").AsTask(),
            () => host.Triggers.QueryAsync(new TriggerQuery()).CountAsync().AsTask(),
        ];

        await Task.WhenAll(reads.Select(async read =>
            (await read.Should().ThrowAsync<StoreUnavailableException>())
                .WithMessage("Could not *: Redis did not answer within 00:00:01*")));
    }

    private async Task DoesNotAskInCirclesAsync(int events, Func<TestHost, ConnectionMultiplexer, Task> disturb)
    {
        await using var server = await StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        var (running, finish) = (0, new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, _) =>
            {
                Interlocked.Increment(ref running);
                await finish.Task;
            }),
            options => (options.Partitions, options.Concurrency) = (4, 2),
            connection: connection).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, events).Select(n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 2, "every worker is busy");
        await disturb(host, connection);

        var before = await ScriptCallsAsync(connection);
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        var calls = await ScriptCallsAsync(connection) - before;
        finish.SetResult();

        calls.Should().BeLessThan(50, "nothing can be claimed, so nothing is asked");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == events, "all are handled");
    }

    private static async Task<long> ScriptCallsAsync(ConnectionMultiplexer connection)
    {
        var calls = await CommandStats.CallsAsync(connection);
        return calls.GetValueOrDefault("evalsha") + calls.GetValueOrDefault("eval");
    }

    // The server answers nothing that writes, so nothing that was published is confirmed.
    [Fact]
    public async Task APublish_BeyondTheBacklog_IsRefusedUntilOthersAreConfirmed()
    {
        await using var server = await StartAsync();
        await using var admin = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var connection = await server.ConnectAsync(options => options.AsyncTimeout = 60_000);
        await using var host = TestHost.Create(
            redis,
            configure: options =>
                (options.MaxPendingPublishBytes, options.OperationTimeout) = (1024 * 1024, TimeSpan.FromMinutes(1)),
            connection: connection);
        var payload = Encoding.UTF8.GetBytes($"\"{new string('x', 200_000)}\"");
        Task<PublishResult> PublishAsync() => host.Bus.PublishRawAsync("large", payload).AsTask();
        await PublishAsync();
        await admin.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "60000", "WRITE");

        Task<PublishResult>[] pending = [.. Enumerable.Range(0, 5).Select(_ => PublishAsync())];
        var beyond = PublishAsync;
        await beyond.Should().ThrowAsync<PublishBacklogFullException>().WithMessage("*at most 1048576 may be (MaxPendingPublishBytes)*");
        await admin.GetDatabase().ExecuteAsync("CLIENT", "UNPAUSE");
        var results = await Wait.ForAsync(Task.WhenAll(pending));
        var after = await Wait.ForAsync(Task.WhenAll(Enumerable.Range(0, 5).Select(_ => PublishAsync())));

        results.Concat(after).Should().OnlyContain(static result => result.Outcome == PublishOutcome.Accepted);
        (await host.Events.CountUnroutedAsync()).Types.Single().Count.Should().Be(11, "what was refused is not there");
    }

    private async Task<RedisTestServer> StartAsync()
    {
        redis.SkipUnlessRedis();

        return await RedisTestServer.StartAsync();
    }
}
