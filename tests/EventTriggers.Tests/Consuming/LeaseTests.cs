using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Guarantee 6: a consumer that is cut off loses its deliveries after the lease, and what it says later counts for nothing.
/// </summary>
public sealed class LeaseTests(RedisFixture redis)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);

    [Fact]
    [Trait("Fault", "2")]
    [Trait("Fault", "3")]
    public async Task Reap_OfAnExpiredLease_HandsTheDeliveryOutAgain()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var first = await consumer.ClaimOneAsync();

        clock.Advance(Duration - TimeSpan.FromMilliseconds(1));
        await consumer.ReapAsync();
        var early = await consumer.ClaimAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await consumer.ReapAsync();
        var second = await consumer.ClaimOneAsync();

        early.Should().BeEmpty("the lease lasts");
        second.Delivery.Id.Should().Be(first.Delivery.Id);
        (second.Delivery.Attempt, second.Delivery.Crashes).Should().Be((2, 1));
        second.Delivery.Fence.Should().BeGreaterThan(first.Delivery.Fence);
    }

    [Theory]
    [Trait("Fault", "9")]
    [Trait("Fault", "27")]
    [InlineData(nameof(Outcome.Done))]
    [InlineData(nameof(Outcome.Retry))]
    [InlineData(nameof(Outcome.Dead))]
    [InlineData(nameof(Outcome.Release))]
    public async Task Settle_WithAnOldFence_ChangesNothing(string outcome)
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var zombie = await consumer.ClaimOneAsync();
        clock.Advance(Duration);
        await consumer.ReapAsync();
        var owner = await consumer.ClaimOneAsync();

        await consumer.SettleAsync(zombie, Enum.Parse<Outcome>(outcome));

        var delivery = (await host.Events.FindAsync(owner.Delivery.Id))!.Deliveries.Should().ContainSingle().Subject;
        (delivery.Status, delivery.Fence).Should().Be((DeliveryStatus.Leased, owner.Delivery.Fence));
        (await host.Events.CountAsync()).Leased.Should().Be(1);
        zombie.Interruption.Should().Be(Interruption.LeaseLost);
    }

    [Fact]
    public async Task Settle_AfterTheReaperWasThere_ChangesNothingEvenIfNobodyClaimedIt()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var zombie = await consumer.ClaimOneAsync();
        clock.Advance(Duration);
        await consumer.ReapAsync();

        await consumer.SettleAsync(zombie, Outcome.Done);

        zombie.Interruption.Should().Be(Interruption.LeaseLost, "the reaper moved the fence");
        (await host.Events.CountAsync()).Ready.Should().Be(1);
        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(2);
    }

    // However an id came into the list a second time.
    [Fact]
    public async Task Claim_OfWhatIsLeasedAlready_PassesItOver()
    {
        var (host, _, consumer) = await CreateAsync();
        await using var __ = host;
        var lease = await consumer.ClaimOneAsync();
        await redis.Database.ListLeftPushAsync($"{{{host.Prefix}:0}}:ready:default", lease.Delivery.Id);

        var again = await new ManualConsumer(host).ClaimAsync();

        again.Should().BeEmpty();
        (await host.Events.FindAsync(lease.Delivery.Id))!.Deliveries[0].Attempt.Should().Be(1);
    }

    // What an index holds of an earlier claim says nothing about the one of now.
    [Fact]
    public async Task Reap_OfAnOldLease_LeavesTheNewOne()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        await consumer.ClaimOneAsync();
        clock.Advance(Duration);
        await consumer.ReapAsync();
        var owner = await consumer.ClaimOneAsync();
        await redis.Database.SortedSetAddAsync($"{{{host.Prefix}:0}}:leased:default", owner.Delivery.Id, 1);

        await consumer.ReapAsync();

        var delivery = (await host.Events.FindAsync(owner.Delivery.Id))!.Deliveries[0];
        (delivery.Status, delivery.Fence, delivery.Crashes).Should().Be((DeliveryStatus.Leased, owner.Delivery.Fence, 1));
    }

    [Fact]
    public async Task Renew_OfALeaseThatIsHeldByAnother_CancelsTheHandlersToken()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var other = new ManualConsumer(host, time: clock);
        var zombie = await consumer.ClaimOneAsync();
        clock.Advance(Duration);
        await other.ReapAsync();
        await other.ClaimOneAsync();

        await consumer.RenewAsync();

        zombie.Token.IsCancellationRequested.Should().BeTrue();
        zombie.Interruption.Should().Be(Interruption.LeaseLost);
    }

    [Fact]
    public async Task Renew_KeepsTheLease()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var lease = await consumer.ClaimOneAsync();

        for (var i = 0; i < 5; i++)
        {
            clock.Advance(Duration / 2);
            await consumer.RenewAsync();
            await consumer.ReapAsync();
        }

        lease.Token.IsCancellationRequested.Should().BeFalse();
        (await host.Events.CountAsync()).Leased.Should().Be(1);
    }

    [Fact]
    public async Task Renew_OfAnExpiredLeaseThatNobodyTook_KeepsIt()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var lease = await consumer.ClaimOneAsync();
        clock.Advance(Duration * 2);

        await consumer.RenewAsync();
        await consumer.ReapAsync();

        lease.Token.IsCancellationRequested.Should().BeFalse();
        (await host.Events.CountAsync()).Leased.Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "26")]
    public async Task Settle_Repeated_IsRecordedOnce()
    {
        var (host, _, consumer) = await CreateAsync();
        await using var __ = host;
        var lease = await consumer.ClaimOneAsync();

        await consumer.SettleAsync(lease, Outcome.Done);
        await consumer.SettleAsync(lease, Outcome.Done);

        lease.Interruption.Should().Be(Interruption.None, "a repeat is not a lost lease");
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "28")]
    public async Task Settle_OfARetryRepeated_SchedulesOne()
    {
        var (host, _, consumer) = await CreateAsync();
        await using var __ = host;
        var lease = await consumer.ClaimOneAsync();
        var retry = new Settlement(lease, Outcome.Retry) { Delay = TimeSpan.FromMinutes(1), Failure = new InvalidOperationException("x") };

        await consumer.SettleAsync(retry);
        await consumer.SettleAsync(retry);

        (await host.Events.CountAsync()).Delayed.Should().Be(1);
        (await host.Events.FindAsync(lease.Delivery.Id))!.Deliveries[0].Attempt.Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "8")]
    public async Task Reap_OfADeliveryThatCrashesItsConsumers_MakesItADeadLetter()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        for (var crash = 1; crash <= 5; crash++)
        {
            await consumer.ClaimOneAsync();
            clock.Advance(Duration);
            await consumer.ReapAsync();
        }

        (await consumer.ClaimAsync()).Should().BeEmpty();
        (await host.Events.CountAsync()).Dead.Should().Be(1);
        var dead = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Dead }).SingleAsync();
        dead.Deliveries[0].Error.Should().Be("Its consumer crashed 5 times.");
    }

    [Fact]
    public async Task Reap_PutsTheDeliveryInFront()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var one = new ManualConsumer(host, concurrency: 1, time: clock);
        var lease = await one.ClaimOneAsync();
        await host.Bus.PublishManyAsync([new OrderPlaced(2), new OrderPlaced(3)]);

        clock.Advance(Duration);
        await one.ReapAsync();

        (await one.ClaimOneAsync()).Delivery.Id.Should().Be(lease.Delivery.Id);
    }

    // What was in flight with a delivery that kills its process is not in flight with it again and again.
    [Fact]
    [Trait("Fault", "8")]
    public async Task Claim_OfDeliveriesThatCrashedTwice_HandsOutOneAtATime()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.LeaseDuration = Duration, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 3).Select(n => new OrderPlaced(n))])).Ids();
        for (var crash = 0; crash < 2; crash++)
        {
            (await consumer.ClaimAsync()).Should().HaveCount(3, "after one crash they are still taken together");
            clock.Advance(Duration);
            await consumer.ReapAsync();
        }

        var fresh = (await host.Bus.PublishAsync(new OrderPlaced(4))).Id;
        var first = await consumer.ClaimAsync();
        await consumer.SettleAsync(first.Single(lease => lease.IsQuarantined), Outcome.Release);
        var retried = (await consumer.ClaimAsync()).Single();
        await consumer.SettleAsync(retried, Outcome.Retry);
        var second = await consumer.ClaimAsync();
        var third = await consumer.ClaimAsync();
        var fourth = await consumer.ClaimAsync();

        first.Should().HaveCount(2).And.Contain(lease => lease.Delivery.Id == fresh);
        new[] { second, third, fourth }.Should().OnlyContain(claim => claim.Count == 1);
        second.Concat(third).Concat(fourth).Select(lease => lease.Delivery.Id).Should().BeEquivalentTo(ids);
        (await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Leased }).CountAsync()).Should().Be(4);
    }

    // With a loop: one quarantined delivery runs at a time, and each gets its turn.
    [Fact]
    [Trait("Fault", "8")]
    public async Task ALoop_RunsQuarantinedDeliveriesOneAfterAnother()
    {
        var (running, most, others) = (0, 0, 0);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (context, _) =>
            {
                if (context.Event.Country == "quarantined")
                {
                    most = Math.Max(most, Interlocked.Increment(ref running));
                    await Task.Delay(20, CancellationToken.None);
                    Interlocked.Decrement(ref running);
                }
                else
                {
                    Interlocked.Increment(ref others);
                }
            }),
            options => (options.Partitions, options.Concurrency) = (2, 4));
        var consumers = new[] { new ManualConsumer(host), new ManualConsumer(host, partition: 1) };
        await Task.WhenAll(consumers.Select(consumer => consumer.SubscribeAsync("order.placed")));
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(n => new OrderPlaced(n, "quarantined"))]);
        foreach (var consumer in consumers)
        {
            foreach (var lease in await consumer.ClaimAllAsync())
            {
                var root = $"{{{host.Prefix}:{lease.Partition.Index}}}";
                await redis.Database.HashSetAsync($"{root}:event:{lease.Delivery.Id}", "crashes:default", 2);
                await consumer.SettleAsync(lease, Outcome.Release);
            }
        }

        host.Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(n => new OrderPlaced(n))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 40, "all are processed");

        most.Should().Be(1);
        others.Should().Be(20);
    }

    [Fact]
    [Trait("Fault", "52")]
    public async Task Claim_OfAnEventWhoseHashIsGone_MakesADeadLetterAndGoesOn()
    {
        var (host, _, consumer) = await CreateAsync();
        await using var __ = host;
        var good = (await host.Bus.PublishAsync(new OrderPlaced(2))).Id;
        var lost = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).LastAsync();
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:event:{lost.Id}");

        var claimed = await consumer.ClaimAsync();

        claimed.Should().ContainSingle().Which.Delivery.Id.Should().Be(good);
        (await host.Events.FindAsync(lost.Id))!.Deliveries[0].Error.Should().Be("The payload is missing.");
    }

    [Fact]
    public async Task Accept_OfADeliveryThatThisProcessLostBefore_StopsTheOlderHandler()
    {
        var (host, clock, consumer) = await CreateAsync();
        await using var _ = host;
        var older = await consumer.ClaimOneAsync();
        clock.Advance(Duration);
        await consumer.ReapAsync();

        var newer = await consumer.ClaimOneAsync();

        (older.Interruption, newer.Interruption).Should().Be((Interruption.LeaseLost, Interruption.None));
    }

    private async Task<(TestHost Host, Microsoft.Extensions.Time.Testing.FakeTimeProvider Clock, ManualConsumer Consumer)> CreateAsync()
    {
        var clock = Clock.At2030();
        var host = TestHost.Create(redis, configure: options => options.LeaseDuration = Duration, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        return (host, clock, consumer);
    }
}
