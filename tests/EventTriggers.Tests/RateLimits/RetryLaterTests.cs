using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>Handlers that say when to come back, by a clock that the test moves.</summary>
public sealed class RetryLaterTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private int _started;

    private int Started => Volatile.Read(ref _started);

    [Fact]
    public async Task ADeliveryThatIsPutOff_ComesWhenItsHandlerSaid_AndSpendsNoAttempt()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static (started, _) => started == 1 ? new RetryLaterException(Minute) : null);
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await StatusAsync(host, id, DeliveryStatus.Delayed);
        (await host.Events.FindAsync(id))!.Deliveries[0].Attempt.Should().Be(0);

        clock.Advance(Minute - TimeSpan.FromMilliseconds(1));
        await StartedAsync(1);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await StatusAsync(host, id, DeliveryStatus.Processed);

        Started.Should().Be(2);
        var delivery = (await host.Events.FindAsync(id))!.Deliveries[0];
        (delivery.Attempt, delivery.Attempts.Count).Should().Be((1, 0));
    }

    // After the standstill the limit grants at its rate, and not all at once.
    [Fact]
    public async Task ALimitThatAHandlerNames_StandsStillInEveryProcess()
    {
        var clock = Clock.At2030();
        await using var first = Host(clock, Refused, static group => group.Limit("api", 100, Second, burst: 10));
        await using var second = Host(clock, Refused, static group => group.Limit("api", 100, Second, burst: 10), first.Prefix);
        first.Start();
        second.Start();
        await first.Bus.PublishAsync(new OrderPlaced(0));
        await Wait.UntilAsync(
            async () => (await redis.Database.StringGetAsync(first.Keyspace.Partitions[0].Keys.RateLimit("api"))).ToString()
                .EndsWith($" {(clock.GetUtcNow() + Minute).ToUnixTimeMilliseconds()}000", StringComparison.Ordinal),
            "it stands still");

        await first.Bus.PublishManyAsync([.. Enumerable.Range(1, 10).Select(static n => new OrderPlaced(n))]);
        await StartedAsync(1);
        clock.Advance(Minute - TimeSpan.FromMilliseconds(1));
        await StartedAsync(1);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await StartedAsync(2);
        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(10));
                return Started == 12;
            },
            "all begin");

        static Exception? Refused(int started, OrderPlaced order) => started == 1 ? new RetryLaterException(Minute, "api") : null;
    }

    // Something that never ends is seen: the delivery becomes a dead letter.
    [Fact]
    public async Task AfterAHundredTimes_EachCountsAsAFailure()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static (_, _) => new RetryLaterException(TimeSpan.Zero));
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(50));
                return (await host.Events.FindAsync(id))!.Deliveries.Any(static one => one.Status == DeliveryStatus.Dead);
            },
            "it becomes a dead letter");

        Started.Should().Be(102, "100 times it is put off, and two attempts fail");
        await host.Events.RedriveAsync(id);
        await Wait.UntilAsync(() => Started > 110, "a redrive begins anew");
    }

    // The key waits for the one that was put off.
    [Fact]
    public async Task InOrder_TheOneThatIsPutOff_KeepsItsPlace()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static (_, _) => null);
        var consumer = new ManualConsumer(host, time: clock) { Mode = new(1, false, 0) };
        await consumer.SubscribeAsync("order.placed");
        var key = new PublishOptions { Key = "a" };
        var first = (await host.Bus.PublishAsync(new OrderPlaced(1), key)).Id;
        var second = (await host.Bus.PublishAsync(new OrderPlaced(2), key)).Id;

        var lease = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(new Settlement(lease, Outcome.Later) { Delay = Minute });
        (await consumer.ClaimAsync()).Should().BeEmpty();
        clock.Advance(Minute);
        var again = await consumer.ClaimOneAsync();
        (again.Delivery.Id, again.Delivery.Attempt, again.Delivery.PutOff).Should().Be((first, 1, 1));
        await consumer.SettleAsync(again, Outcome.Done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second);
    }

    [Fact]
    public async Task ALimitThatTheGroupDoesNotHave_IsReported_AndTheDeliveryWaits()
    {
        var clock = Clock.At2030();
        await using var host = Host(
            clock, static (_, _) => new RetryLaterException(Minute, "apy"), static group => group.Limit("api", 9, Second));
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Delayed);

        host.Log.TextsOf("77").Should().ContainSingle().Which.Should().Contain("'apy'").And.Contain("api.");
    }

    [Fact]
    public async Task AnEventOfABatch_IsPutOffByItself()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis,
            static build => build.AddGroup("limited", static group => group.AddBatchHandler<OrderPlaced>(static (batch, _) =>
            {
                batch[0].RetryLater(Minute);
                return ValueTask.CompletedTask;
            }, static options => options.MaxSize = 1)),
            time: clock);
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Delayed);

        (await host.Events.FindAsync(id))!.Deliveries[0].Attempt.Should().Be(0);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(5, 5)]
    [InlineData(5000, 3650)]
    public void ATimeOutOfItsRange_IsTakenAsTheNearest(int days, int taken) =>
        new RetryLaterException(TimeSpan.FromDays(days)).After.Should().Be(TimeSpan.FromDays(taken));

    private static Task StatusAsync(TestHost host, string id, DeliveryStatus status) => Wait.UntilAsync(
        async () => (await host.Events.FindAsync(id))!.Deliveries.Any(delivery => delivery.Status == status), $"it is {status}");

    // It has time to begin one too many; were the time too short, that would only go unseen.
    private async Task StartedAsync(int expected)
    {
        await Wait.UntilAsync(() => Started >= expected, $"{expected} begin");
        await Task.Delay(100);
        Started.Should().Be(expected);
    }

    private TestHost Host(
        TimeProvider clock, Func<int, OrderPlaced, Exception?> failure, Action<GroupBuilder>? limit = null, string? prefix = null) =>
        TestHost.Create(
            redis,
            build => build.AddGroup("limited", group =>
            {
                limit?.Invoke(group);
                group.MaxAttempts = 2;
                group.AddHandler<OrderPlaced>((context, _) =>
                    failure(Interlocked.Increment(ref _started), context.Event) is { } problem ? throw problem : default);
            }),
            time: clock,
            prefix: prefix);
}
