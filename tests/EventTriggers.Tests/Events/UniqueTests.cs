using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Events;

/// <summary>What becomes of events that bear one name.</summary>
public sealed class UniqueTests(RedisFixture redis)
{
    private static readonly Unique Name = Unique.By("deploy");

    [Fact]
    public async Task Publish_WhileAnotherHoldsTheName_KeepsThatOne_UntilItIsHandled()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var first = await PublishAsync(host, Name);
        first.Id.Should().MatchRegex("^deploy/[0-9A-Za-z]{22}$");

        (await PublishAsync(host, Name)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept));
        var lease = await consumer.ClaimOneAsync();
        (await PublishAsync(host, Name)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept));
        await consumer.SettleAsync(lease, Outcome.Retry);
        (await PublishAsync(host, Name)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept));
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        (await NameAsync(host)).Should().BeEmpty();
        var second = await PublishAsync(host, Name);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        (await host.Events.FindAsync(second.Id))!.Unique.Should().Be("deploy");
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task QueueOne_WaitsUntilTheHolderHasEnded_HoweverItEnds(bool succeeds)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var unique = Name.Otherwise(WhenTaken.QueueOne);
        var first = await PublishAsync(host, unique);
        (await PublishAsync(host, unique)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept), "it has not begun");
        var lease = await consumer.ClaimOneAsync();

        var second = await PublishAsync(host, unique);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        (await PublishAsync(host, unique)).Should().Be(new PublishResult(second.Id, PublishOutcome.Kept), "one waits already");
        (await StatusAsync(host, second.Id)).Should().Be(DeliveryStatus.Delayed);
        var why = (await host.Events.ExplainAsync(second.Id)).Single();
        (why.Reason, why.Behind.Single()).Should().Be((DeliveryReason.NameTaken, first.Id));
        (await consumer.ClaimAsync()).Should().BeEmpty();

        // Something looks at it after a minute; it still has to wait.
        clock.Advance(TimeSpan.FromSeconds(61));
        await consumer.RenewAsync();
        (await consumer.ClaimAsync()).Should().BeEmpty();
        await consumer.SettleAsync(lease, succeeds ? Outcome.Done : Outcome.Dead);

        var next = await consumer.ClaimOneAsync();
        next.Delivery.Id.Should().Be(second.Id);
        await consumer.SettleAsync(next, Outcome.Done);
        (await NameAsync(host)).Should().BeEmpty();
    }

    [Fact]
    public async Task Replace_CancelsWhatHasNotBegun_AndWaitsForWhatRuns_InPlaceOfWhatWaits()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var unique = Name.Otherwise(WhenTaken.Replace);
        var first = await PublishAsync(host, unique);

        var second = await PublishAsync(host, unique);
        (await StatusAsync(host, first.Id)).Should().Be(DeliveryStatus.Canceled);
        var lease = await consumer.ClaimOneAsync();
        lease.Delivery.Id.Should().Be(second.Id);
        var third = await PublishAsync(host, unique);
        var fourth = await PublishAsync(host, unique);
        (await StatusAsync(host, third.Id)).Should().Be(DeliveryStatus.Canceled);
        (await StatusAsync(host, fourth.Id)).Should().Be(DeliveryStatus.Delayed);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        await consumer.SettleAsync(lease, Outcome.Done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(fourth.Id);
    }

    [Fact]
    public async Task CancelRunning_AsksTheHolderToStop_AndBeginsWhenItHas()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var unique = Name.Otherwise(WhenTaken.CancelRunning);
        await PublishAsync(host, unique);
        var lease = await consumer.ClaimOneAsync();

        var second = await PublishAsync(host, unique);
        await consumer.RenewAsync();
        lease.Interruption.Should().Be(Interruption.Canceled, "its cancellation was requested");
        (await consumer.ClaimAsync()).Should().BeEmpty();
        await consumer.SettleAsync(lease, Outcome.Cancel);
        (await StatusAsync(host, lease.Delivery.Id)).Should().Be(DeliveryStatus.Canceled);
        lease = await consumer.ClaimOneAsync();
        lease.Delivery.Id.Should().Be(second.Id);
        await consumer.SettleAsync(new Settlement(lease, Outcome.Retry) { Delay = TimeSpan.FromHours(1) });

        // Nothing runs, so nothing is waited for.
        var third = await PublishAsync(host, unique);
        (await StatusAsync(host, second.Id)).Should().Be(DeliveryStatus.Canceled);
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(third.Id);
    }

    [Fact]
    public async Task UntilStarted_HoldsTheNameUntilTheFirstClaim()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var unique = Name.Until(UniqueUntil.Started);
        var first = await PublishAsync(host, unique);
        (await PublishAsync(host, unique)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept));
        var lease = await consumer.ClaimOneAsync();
        (await NameAsync(host)).Should().BeEmpty();

        var second = await PublishAsync(host, unique);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        await consumer.SettleAsync(lease, Outcome.Release);
        (await consumer.ClaimAsync()).Select(static one => one.Delivery.Id).Should().BeEquivalentTo(first.Id, second.Id);
    }

    [Fact]
    public async Task Window_HoldsTheNameForATime_WhateverBecomesOfTheEvent()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var unique = Name.Until(TimeSpan.FromHours(1));
        var first = await PublishAsync(host, unique);
        var second = await PublishAsync(host, unique.Otherwise(WhenTaken.Replace));
        (await StatusAsync(host, first.Id)).Should().Be(DeliveryStatus.Canceled, "it had not begun");
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        foreach (var otherwise in new[] { WhenTaken.Keep, WhenTaken.Replace })
        {
            (await PublishAsync(host, unique.Otherwise(otherwise))).Should().Be(new PublishResult(second.Id, PublishOutcome.Kept));
        }

        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        (await PublishAsync(host, unique)).Outcome.Should().Be(PublishOutcome.Kept);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await PublishAsync(host, unique)).Outcome.Should().Be(PublishOutcome.Accepted);
        (await redis.Database.KeyTimeToLiveAsync($"{Root(host)}:window:deploy")).Should()
            .BeCloseTo(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task ARedrivenDeadLetter_DoesNotRunBesideTheHolder()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var first = await PublishAsync(host, Name);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        var second = await PublishAsync(host, Name);
        var lease = await consumer.ClaimOneAsync();
        lease.Delivery.Id.Should().Be(second.Id);

        await host.Events.RedriveAsync(first.Id);
        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await StatusAsync(host, first.Id)).Should().Be(DeliveryStatus.Delayed);
        await consumer.SettleAsync(lease, Outcome.Done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(first.Id);
    }

    // A redriven dead letter passes an event that has not begun, which then waits for it.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatWasPassed_IsReplaced_OrKept_AsWhatWaitsIs_UntilItExpires(bool hasExpired)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var first = await PublishAsync(host, Name);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        var passed = await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions
        {
            Unique = Name, Delay = TimeSpan.FromSeconds(5), ExpiresAfter = TimeSpan.FromSeconds(10),
        });
        await host.Events.RedriveAsync(first.Id);
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(first.Id);
        clock.Advance(TimeSpan.FromSeconds(hasExpired ? 10 : 9));

        var queued = await PublishAsync(host, Name.Otherwise(WhenTaken.QueueOne));

        queued.Should().Be(hasExpired
            ? new PublishResult(queued.Id, PublishOutcome.Accepted) : new PublishResult(passed.Id, PublishOutcome.Kept));
        await PublishAsync(host, Name.Otherwise(WhenTaken.Replace));
        (await StatusAsync(host, queued.Id)).Should().Be(DeliveryStatus.Canceled);
    }

    [Fact]
    public async Task PublishMany_DecidesForEachEventInTurn()
    {
        await using var host = TestHost.Create(redis);
        await ConsumerAsync(host);

        var results = await host.Bus.PublishManyAsync(
            [new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)], new PublishOptions { Unique = Name });
        var mixed = await host.Bus.PublishManyAsync(
        [
            EventToPublish.Of(new OrderPlaced(4)),
            EventToPublish.Of(new OrderPlaced(5), new PublishOptions { Unique = Name }),
            EventToPublish.Of(new OrderPlaced(6), new PublishOptions { Unique = Unique.By("other") }),
        ]);

        results.Select(static one => one.Outcome).Should().Equal(PublishOutcome.Accepted, PublishOutcome.Kept, PublishOutcome.Kept);
        results.Select(static one => one.Id).Distinct().Should().ContainSingle();
        mixed.Select(static one => one.Outcome).Should().Equal(PublishOutcome.Accepted, PublishOutcome.Kept, PublishOutcome.Accepted);
        mixed[1].Id.Should().Be(results[0].Id);
    }

    [Fact]
    public async Task TheNameIsUniqueWithinTheKey()
    {
        await using var host = TestHost.Create(redis);
        await ConsumerAsync(host);
        PublishOptions Options(string? key) => new() { Key = key, Unique = Name };

        var one = await host.Bus.PublishAsync(new OrderPlaced(1), Options("a"));
        (await host.Bus.PublishAsync(new OrderPlaced(2), Options("b"))).Outcome.Should().Be(PublishOutcome.Accepted);
        (await host.Bus.PublishAsync(new OrderPlaced(3), Options(null))).Outcome.Should().Be(PublishOutcome.Accepted);

        one.Id.Should().StartWith("a/");
        (await host.Bus.PublishAsync(new OrderPlaced(4), Options("a"))).Should().Be(new PublishResult(one.Id, PublishOutcome.Kept));
        (await host.Events.FindAsync(one.Id))!.Unique.Should().Be("deploy");
    }

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, TimeProvider? time = null)
    {
        var consumer = new ManualConsumer(host, time: time);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private static ValueTask<PublishResult> PublishAsync(TestHost host, Unique unique) =>
        host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Unique = unique });

    private static async Task<DeliveryStatus> StatusAsync(TestHost host, string id) =>
        (await host.Events.FindAsync(id))!.Deliveries.Single().Status;

    private static string Root(TestHost host) => host.Keyspace.Partitions[0].Keys.Root.ToString();

    private async Task<string> NameAsync(TestHost host) =>
        (string?)await redis.Database.StringGetAsync($"{Root(host)}:unique:deploy") ?? string.Empty;
}
