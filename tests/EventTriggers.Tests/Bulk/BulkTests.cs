using EventTriggers.Redis.Operations;
using EventTriggers.Testing;
using static EventTriggers.Tests.Bulk.BulkScene;

namespace EventTriggers.Tests.Bulk;

/// <summary>Operations that change many dead letters: who advances them, how fast, how they end, and what they say of themselves.</summary>
public sealed class BulkTests(RedisFixture redis)
{
    private static readonly EventQuery Dead = new() { Status = DeliveryStatus.Dead };

    [Fact]
    public async Task ARedrive_IsAdvancedByAConsumerThatRuns_AndByOneThatComes()
    {
        var handled = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue(context.Id);
            return default;
        }));
        var ids = await KillAsync(host, 250);

        var first = await host.Events.RedriveAsync(new EventQuery { IdPrefix = "a" });
        host.Start();
        await Wait.UntilAsync(() => handled.Count == 125, "the consumer that comes goes on");
        var second = await host.Events.RedriveAsync(new EventQuery());
        await Wait.UntilAsync(() => handled.Count == 250, "the consumer that runs is told");

        handled.Should().BeEquivalentTo(ids);
        (await host.Operations.FindAsync(first))!.Should().Match<OperationRecord>(
            static one => one.Changed == 125 && one.Status == BulkOperationStatus.Completed && one.EndedAt != null);
        (await host.Operations.FindAsync(second))!.Changed.Should().Be(125);
        (await host.Operations.ListAsync()).Select(static one => one.Id).Should().Equal(second, first);
    }

    [Fact]
    public async Task AnOperation_SaysWhatItDoes()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await KillAsync(host, 3);
        clock.Advance(TimeSpan.FromSeconds(1));
        var began = clock.GetUtcNow();

        var id = await host.Events.RedriveAsync(
            new EventQuery { Type = "order.placed", ErrorContains = "X", Before = began.AddHours(1), IdPrefix = "b" },
            new BulkOptions { By = "operator", RatePerSecond = 100, Id = "mine" });
        var running = await host.Operations.FindAsync(id);
        clock.Advance(TimeSpan.FromSeconds(1));
        await consumer.AdvanceOperationAsync();
        var ended = await host.Operations.FindAsync(id);

        running.Should().BeEquivalentTo(new OperationRecord
        {
            Id = "mine",
            Kind = OperationKind.RedriveEvents,
            Query = "group default, status dead, type order.placed, ids that begin with b, error with x, before "
                + $"{began.AddHours(1):O}",
            Status = BulkOperationStatus.Running,
            By = "operator",
            StartedAt = began,
            RatePerSecond = 100,
        });
        (ended!.Status, ended.Examined, ended.Changed, ended.EndedAt).Should()
            .Be((BulkOperationStatus.Completed, 3, 1, began.AddSeconds(1)));
    }

    [Fact]
    public async Task AnOperation_BegunTwiceUnderItsId_IsOne()
    {
        var (host, _, consumer) = Create(redis);
        await using var __ = host;
        await KillAsync(host, 3);
        var options = new BulkOptions { Id = "once" };

        await host.Events.RedriveAsync(Dead, options);
        await host.Events.RedriveAsync(Dead, options);
        var other = async () => await host.Events.DiscardAsync(Dead, options);
        await other.Should().ThrowAsync<InvalidOperationException>().WithMessage("*'once' exists*");
        await consumer.AdvanceOperationAsync();
        await host.Events.RedriveAsync(Dead, options);

        (await host.Operations.ListAsync()).Should().ContainSingle().Which.Changed.Should().Be(3);
    }

    [Fact]
    public async Task AnOperation_ThatIsStoppedHalfWay_ChangesNothingMore()
    {
        var (host, _, consumer) = Create(redis);
        await using var __ = host;
        await KillAsync(host, 250);
        var id = await host.Events.DiscardAsync(Dead);
        await consumer.AdvanceOperationAsync();

        var stopped = await host.Operations.StopAsync(id);
        var next = await consumer.AdvanceOperationAsync();

        stopped.Should().Be(StopOutcome.Stopped);
        next.Should().Be(TimeSpan.FromDays(1), "none runs");
        var operation = (await host.Operations.FindAsync(id))!;
        (operation.Status, operation.Examined, operation.Changed).Should().Be((BulkOperationStatus.Stopped, 100, 100));
        operation.EndedAt.Should().NotBeNull();
        (await host.Events.CountAsync()).Dead.Should().Be(150);
        (await host.Operations.StopAsync(id)).Should().Be(StopOutcome.Ended);
        (await host.Operations.StopAsync("nothing")).Should().Be(StopOutcome.NotFound);
        (await host.Operations.FindAsync("nothing")).Should().BeNull();
    }

    [Fact]
    public async Task AnOperation_WhoseConsumerIsSilent_IsTakenOver()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        var other = new ManualConsumer(host);
        await KillAsync(host, 250);
        var id = await host.Events.RedriveAsync(Dead);

        await consumer.AdvanceOperationAsync();
        var wait = await other.AdvanceOperationAsync();
        var meanwhile = (await host.Operations.FindAsync(id))!.Examined;
        clock.Advance(wait);
        await other.AdvanceOperationAsync();
        await other.AdvanceOperationAsync();

        wait.Should().Be(TimeSpan.FromSeconds(3));
        meanwhile.Should().Be(100, "one consumer takes the steps");
        (await host.Operations.FindAsync(id))!.Should().Match<OperationRecord>(
            static one => one.Changed == 250 && one.Examined == 250 && one.Status == BulkOperationStatus.Completed);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1)]
    [InlineData(250)]
    public async Task AnOperationWithARate_ChangesNoMoreInASecond(int rate)
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await KillAsync(host, 60);
        var (id, began) = (await host.Events.RedriveAsync(Dead, new BulkOptions { RatePerSecond = rate }), clock.GetUtcNow());
        OperationRecord operation;
        do
        {
            await consumer.AdvanceOperationAsync();
            operation = (await host.Operations.FindAsync(id))!;
            var most = (rate * (clock.GetUtcNow() - began).TotalSeconds) + Math.Max(1, rate / 10);
            ((double)operation.Changed).Should().BeLessThanOrEqualTo(most);
            clock.Advance(TimeSpan.FromMilliseconds(20));
        }
        while (operation.Status == BulkOperationStatus.Running);

        operation.Changed.Should().Be(60);
        (clock.GetUtcNow() - began).TotalSeconds.Should().BeInRange((60.0 / rate) - 1, (60.0 / rate * 1.3) + 1, "nor much fewer");
    }

    [Fact]
    public async Task AnOperation_IsForgottenSevenDaysAfterItsEnd()
    {
        var (host, _, consumer) = Create(redis);
        await using var __ = host;
        var id = await host.Events.RedriveAsync(Dead);
        var keys = host.Keyspace.Partitions[0].Keys;
        (await redis.Database.KeyTimeToLiveAsync(keys.BulkOperation(id))).Should().BeNull("it runs");

        await consumer.AdvanceOperationAsync();

        (await redis.Database.KeyTimeToLiveAsync(keys.BulkOperation(id))).Should()
            .BeCloseTo(TimeSpan.FromDays(7), TimeSpan.FromMinutes(1));
        (await redis.Database.KeyExistsAsync(keys.RunningOperations)).Should().BeFalse();
        await redis.Database.KeyDeleteAsync(keys.BulkOperation(id));
        (await host.Operations.ListAsync()).Should().BeEmpty();
        (await redis.Database.KeyExistsAsync(keys.BulkOperations)).Should().BeFalse();
    }

    [Fact]
    public async Task WhatAnOperationCannotDo_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        (Func<Task> Call, string Message)[] bad =
        [
            (async () => await host.Events.RedriveAsync(new EventQuery { Status = DeliveryStatus.Ready }), "*must be Dead*Ready*"),
            (async () => await host.Events.DiscardAsync(new EventQuery { Status = DeliveryStatus.Processed }), "*must be Dead*Processed*"),
            (async () => await host.Events.CancelAsync(Dead), "*must be Ready or Delayed or Leased*Dead*"),
            (async () => await host.Triggers.PauseAsync(new TriggerQuery { Status = TriggerStatus.Paused }), "*must be Active*Paused*"),
            (async () => await host.Triggers.ResumeAsync(new TriggerQuery { Status = TriggerStatus.Active }), "*must be Paused*Active*"),
            (async () => await host.Triggers.CancelAsync(new TriggerQuery { Status = TriggerStatus.Completed }), "*Active or Paused*"),
            (async () => await host.Events.RedriveAsync(Dead, new BulkOptions { RatePerSecond = 0 }), "*RatePerSecond*1 to 1000000*0*"),
            (async () => await host.Events.RedriveAsync(Dead, new BulkOptions { Id = "a b" }), "*operation id*U+0020*"),
            (async () => await host.Events.RedriveAsync(Dead, new BulkOptions { By = new string('x', 201) }), "*200 characters*201*"),
            (async () => await host.Events.RedriveAsync(new EventQuery { ErrorContains = string.Empty }), "*ErrorContains*0*"),
        ];

        foreach (var (call, message) in bad)
        {
            await call.Should().ThrowAsync<ArgumentException>().WithMessage(message);
        }

        (await host.Operations.ListAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Discard_OfADeadLetter_EndsIt()
    {
        var (host, _, consumer) = Create(redis);
        await using var __ = host;
        var id = (await KillAsync(host, 1))[0];

        (await host.Events.DiscardAsync(id, "other")).Should().Be(DiscardOutcome.NotDead);
        (await host.Events.DiscardAsync(id)).Should().Be(DiscardOutcome.Discarded);

        (await host.Events.DiscardAsync(id)).Should().Be(DiscardOutcome.NotDead);
        (await host.Events.DiscardAsync("nothing")).Should().Be(DiscardOutcome.NotFound);
        (await host.Events.RedriveAsync(id)).Should().Be(RedriveOutcome.NotDead);
        (await host.Events.CancelAsync(id)).Should().Be(CancelOutcome.TooLate);
        (await host.Events.CountAsync()).Dead.Should().Be(0);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Events.ListAsync(new EventQuery { Status = DeliveryStatus.Discarded })).Events.Should().ContainSingle()
            .Which.Deliveries.Should().ContainSingle().Which.Error.Should().Contain("X");
    }

    // A step waits for a key that holds something else, and goes on when that is gone.
    [Fact]
    public async Task AnOperationWhoseIndexIsOfAnotherType_WaitsForIt()
    {
        var (host, clock, consumer) = Create(redis);
        await using var _ = host;
        await KillAsync(host, 3);
        var dead = host.Keyspace.Partitions[0].Keys.Of("default").Dead;
        await HostileKeys.MoveAwayAsync(redis.Database, dead);
        await HostileKeys.WriteAsync(redis.Database, dead, "string");
        var id = await host.Events.RedriveAsync(Dead);

        var wait = await consumer.AdvanceOperationAsync();
        await HostileKeys.RemoveAsync(redis.Database, dead);
        clock.Advance(wait);
        await consumer.AdvanceOperationAsync();

        wait.Should().Be(TimeSpan.FromMinutes(1));
        (await host.Operations.FindAsync(id))!.Should().Match<OperationRecord>(
            static one => one.Changed == 3 && one.Status == BulkOperationStatus.Completed);
    }

    // That memory is full may be why dead letters are given up.
    [Fact]
    public async Task AnOperation_WhenMemoryIsFull_Runs()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await KillAsync(host, 150);
        await connection.GetServers()[0].ConfigSetAsync("maxmemory", "1");

        var id = await host.Events.DiscardAsync(Dead);
        var consumer = new ManualConsumer(host);
        await consumer.AdvanceOperationAsync();
        await consumer.AdvanceOperationAsync();

        // A step that changes nothing notes how far it came.
        var none = await host.Triggers.PauseAsync(new TriggerQuery());
        await consumer.AdvanceOperationAsync();

        (await host.Operations.FindAsync(id))!.Changed.Should().Be(150);
        (await host.Operations.FindAsync(none))!.Status.Should().Be(BulkOperationStatus.Completed);
        (await host.Events.CountAsync()).Dead.Should().Be(0);
    }

    // The server has never heard of the scripts of pages and operations: nothing asks for them.
    [Fact]
    public async Task PagesAndOperations_ThatAreNotUsed_CostNoCommand()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync();
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default), connection: connection);
        host.Start();
        for (var n = 0; n < 3; n++)
        {
            await host.AsleepAsync(new OrderPlaced(n));
        }

        Script[] unused =
        [
            Script.PageEvents, Script.PageTriggers, Script.PageUnrouted, Script.StartOperation, Script.StopOperation,
            Script.AdvanceOperation, Script.Operations, Script.DiscardEvent,
        ];
        foreach (var script in unused)
        {
            (await IsKnownAsync(script)).Should().BeFalse($"nothing runs {script.Name}");
        }

        (await IsKnownAsync(Script.Claim)).Should().BeTrue();
        foreach (var script in (Script[])[Script.Claim, Script.Settle, Script.SettlePlain, Script.Publish, Script.Renew])
        {
            script.Text.Should().NotContain("operation:").And.NotContain("operations");
        }

        async Task<bool> IsKnownAsync(Script script) =>
            ((int[])(await connection.GetDatabase().ExecuteAsync("SCRIPT", "EXISTS", script.Sha1))!)[0] == 1;
    }

    private static Task<string[]> KillAsync(TestHost host, int count) =>
        DeadLetterScene.MakeAsync(host, count, "order.placed", static n => new OrderPlaced(n));
}
