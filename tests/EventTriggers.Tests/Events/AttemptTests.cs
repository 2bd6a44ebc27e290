using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Tests.Events;

/// <summary>The attempts of a delivery that did not simply succeed are remembered, the last five of them.</summary>
public sealed class AttemptTests(RedisFixture redis)
{
    [Fact]
    public async Task EachAttempt_TellsWhenWhoAndWhy()
    {
        var failures = new Queue<Exception?>([new TimeoutException("slow"), new InvalidOperationException("two\nlines"), null]);
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) =>
            failures.Dequeue() is { } failure ? throw failure : ValueTask.CompletedTask)).Start();
        var before = DateTimeOffset.UtcNow;
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Processed, "it succeeds");

        var attempts = (await FindAsync(host, id)).Attempts;
        attempts.Select(static one => (one.Number, one.Outcome, one.ErrorType, one.Message)).Should().Equal(
            (1, AttemptOutcome.Failed, "System.TimeoutException", "slow"),
            (2, AttemptOutcome.Failed, "System.InvalidOperationException", "two\\u000alines"),
            (3, AttemptOutcome.Succeeded, null, null));
        attempts[0].StackTrace.Should().StartWith("   at EventTriggers.Tests.Events.AttemptTests.");
        attempts[2].StackTrace.Should().BeNull();
        attempts.Select(static one => one.EndedAt).Should().BeInAscendingOrder();
        attempts[0].EndedAt.Should().BeOnOrAfter(before.AddSeconds(-1)).And.BeOnOrBefore(DateTimeOffset.UtcNow.AddSeconds(1));
        attempts.Should().OnlyContain(static one => one.Consumer != null);
        attempts.Select(static one => one.Consumer).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task APlainSuccess_LeavesNothing()
    {
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default)).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Processed, "it succeeds");

        (await FindAsync(host, id)).Attempts.Should().BeEmpty();
        (await redis.Database.KeyExistsAsync(Key(host, id))).Should().BeFalse();
    }

    // A delivery that fails seven times alike has five attempts, and one text of the stack trace; the two others are told by a mark.
    [Fact]
    public async Task TheLastFive_AreKept_WithEqualStackTracesOnce()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("no")),
            static options => options.MaxAttempts = 7).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Dead, "it is out of attempts");

        var attempts = (await FindAsync(host, id)).Attempts;
        attempts.Select(static one => (one.Number, one.Outcome)).Should().Equal(
            (3, AttemptOutcome.Failed), (4, AttemptOutcome.Failed), (5, AttemptOutcome.Failed), (6, AttemptOutcome.Failed),
            (7, AttemptOutcome.Dead));
        attempts.Select(static one => one.StackTrace).Distinct().Should().ContainSingle().Which.Should().Contain("AttemptTests");
        var stored = await redis.Database.ListRangeAsync(Key(host, id));
        stored.Select(static one => one.ToString().Split('\n', 3)[2]).Count(static trace => trace == "=").Should().Be(4);
        (await redis.Database.KeyTimeToLiveAsync(Key(host, id))).Should().BeGreaterThan(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task ALostConsumer_IsAnAttempt()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock, configure: static options => options.MaxCrashes = 2);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        for (var n = 0; n < 2; n++)
        {
            await consumer.ClaimOneAsync();
            clock.Advance(TimeSpan.FromMinutes(11));
            await consumer.ReapAsync();
        }

        var delivery = await FindAsync(host, id);
        delivery.Status.Should().Be(DeliveryStatus.Dead);
        delivery.Attempts.Select(static one => (one.Number, one.Outcome, one.ErrorType, one.StackTrace)).Should().Equal(
            (1, AttemptOutcome.Lost, null, null), (2, AttemptOutcome.Lost, null, null));
        delivery.Attempts.Should().OnlyContain(static one => one.Consumer != null);
        delivery.Attempts[1].EndedAt.Should().Be(clock.GetUtcNow());
    }

    [Fact]
    public async Task StackTraces_CanBeTurnedOff()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("no")),
            static options => (options.MaxAttempts, options.RecordStackTraces) = (1, false)).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Dead, "it is out of attempts");

        var attempt = (await FindAsync(host, id)).Attempts.Should().ContainSingle().Subject;
        (attempt.Message, attempt.StackTrace).Should().Be(("no", null));
    }

    [Fact]
    public async Task ALongStackTrace_IsCutAtACharacter()
    {
        static ValueTask Fail() => throw new InvalidOperationException("outer", new TimeoutException(new string('é', 5000)));
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => Fail()),
            static options => options.MaxAttempts = 1).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Dead, "it is out of attempts");

        var trace = (await FindAsync(host, id)).Attempts[0].StackTrace!;
        System.Text.Encoding.UTF8.GetByteCount(trace).Should().BeInRange(4095, 4096);
        trace.Should().StartWith("System.InvalidOperationException: outer\n ---> System.TimeoutException: é").And.EndWith("é");
    }

    [Fact]
    public async Task ADeadLetterThatIsForgotten_TakesItsAttemptsAlong()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("no")),
            static options => (options.MaxAttempts, options.DeadLetterLimit) = (1, 1)).Start();
        var first = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "the first dies");
        (await redis.Database.KeyExistsAsync(Key(host, first))).Should().BeTrue();
        var second = (await host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        await Wait.UntilAsync(async () => await host.Events.FindAsync(first) is null, "the first is forgotten");

        (await redis.Database.KeyExistsAsync(Key(host, first))).Should().BeFalse();
        (await FindAsync(host, second)).Attempts.Should().ContainSingle();
    }

    [Fact]
    public async Task ADiscardedDeadLetter_LeavesNoAttempts()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("no")),
            static options => options.MaxAttempts = 1).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Dead, "it is out of attempts");
        await host.Events.DiscardAsync(id);

        (await redis.Database.KeyExistsAsync(Key(host, id))).Should().BeFalse();
    }

    [Fact]
    public async Task ASuccessWithFollowUps_LeavesNothing()
    {
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (context, _) =>
        {
            context.Publish(new Reminder(1));
            return default;
        })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Processed, "it succeeds");

        (await redis.Database.KeyExistsAsync(Key(host, id))).Should().BeFalse();
    }

    [Fact]
    public async Task ARedrive_KeepsTheAttempts_AndCountsAnew()
    {
        var fails = true;
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => fails ? throw new InvalidOperationException("no") : default(ValueTask)),
            static options => options.MaxAttempts = 1).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Dead, "it is out of attempts");
        await host.Events.RedriveAsync(id);
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Attempts.Count == 2, "it dies again");
        fails = false;

        (await FindAsync(host, id)).Attempts.Select(static one => (one.Number, one.Outcome)).Should().Equal(
            (1, AttemptOutcome.Dead), (1, AttemptOutcome.Dead));
        await host.Events.RedriveAsync(id);
        await Wait.UntilAsync(async () => (await FindAsync(host, id)).Status == DeliveryStatus.Processed, "it succeeds");
        (await FindAsync(host, id)).Attempts.Select(static one => (one.Number, one.Outcome)).Should().Equal(
            (1, AttemptOutcome.Dead), (1, AttemptOutcome.Dead), (1, AttemptOutcome.Succeeded));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing")]
    [InlineData("1 2 retry\n\n")]
    [InlineData("x 2 retry c\n\n")]
    [InlineData("1 99999999999 retry c\n\n")]
    [InlineData("1 2 what c\n\n")]
    public void AnAttemptThatCannotBeRead_IsLeftOut(string text) =>
        AttemptList.Read([text, "1 2 lost c\n\n"]).Should().ContainSingle(static one => one.Outcome == AttemptOutcome.Lost);

    [Fact]
    public async Task AKeyOfAnotherType_HidesNothingElse()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var lease = await consumer.ClaimOneAsync();
        await redis.Database.StringSetAsync(Key(host, id), "something else");

        await consumer.SettleAsync(new Settlement(lease, Outcome.Dead) { Failure = new InvalidOperationException("no") });

        var delivery = await FindAsync(host, id);
        (delivery.Status, delivery.Attempts.Count, delivery.Error).Should()
            .Be((DeliveryStatus.Dead, 0, "System.InvalidOperationException: no"));
        (await redis.Database.StringGetAsync(Key(host, id))).ToString().Should().Be("something else");
    }

    private static RedisKey Key(TestHost host, string id) => $"{{{host.Prefix}:0}}:attempts:default:{id}";

    // Published before the host has subscribed, an event has no delivery yet.
    private static async Task<DeliveryRecord> FindAsync(TestHost host, string id) =>
        (await host.Events.FindAsync(id))!.Deliveries.SingleOrDefault() ?? new() { Group = "default", Status = DeliveryStatus.Ready };
}
