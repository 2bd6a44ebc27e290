using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

public sealed class TimeTriggerTests(RedisFixture redis)
{
    // Guarantee 5; fault 70: the host's clock does not matter, the one that all agree on does.
    [Fact]
    [Trait("Fault", "70")]
    public async Task Advance_FiresAtTheDueTimeAndNotBefore()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var due = clock.GetUtcNow().AddMinutes(10);
        var id = await host.Triggers.AddAsync(Trigger.At(due).Publish(new Reminder(1)));

        clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        await consumer.AdvanceAsync();
        var early = await consumer.ClaimAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await consumer.AdvanceAsync();
        var fired = await consumer.ClaimOneAsync();

        early.Should().BeEmpty();
        fired.Delivery.Id.Should().Be($"{id}/@{due.ToUnixTimeMilliseconds()}");
        (await host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
    }

    // Guarantee 3; fault 86.
    [Fact]
    [Trait("Fault", "86")]
    public async Task Advance_ByTenAtOnce_FiresEachOnce()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, concurrency: 1000);
        await consumer.SubscribeAsync("order.reminder");
        for (var n = 0; n < 250; n++)
        {
            await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(1)).Publish(new Reminder(n)));
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            for (var round = 0; round < 5; round++)
            {
                await consumer.AdvanceAsync();
            }
        }));

        var fired = await consumer.ClaimAllAsync();
        fired.Should().HaveCount(250);
        fired.Select(lease => lease.Delivery.Id).Should().OnlyHaveUniqueItems();
    }

    // Guarantee 4; fault 87.
    [Fact]
    [Trait("Fault", "87")]
    public async Task Cancel_RacingTheFiring_NeverDoesBoth()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 1000);
        await consumer.SubscribeAsync("order.reminder");
        var outcomes = new Dictionary<string, CancelOutcome>();

        for (var round = 0; round < 20; round++)
        {
            var ids = new List<string>();
            for (var n = 0; n < 20; n++)
            {
                ids.Add(await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UnixEpoch).Publish(new Reminder(n))));
            }

            var advancing = consumer.AdvanceAsync().AsTask();
            var canceling = Task.WhenAll(ids.Select(async id => (id, await host.Triggers.CancelAsync(id))));
            await advancing;
            foreach (var (id, outcome) in await canceling)
            {
                outcomes.Add(id, outcome);
            }
        }

        await consumer.AdvanceAsync();
        var fired = (await consumer.ClaimAllAsync()).Select(lease => lease.Delivery.Id.Split('/')[0]).Order();
        fired.Should().Equal(outcomes.Where(pair => pair.Value == CancelOutcome.TooLate).Select(pair => pair.Key).Order());
        outcomes.Values.Should().OnlyContain(outcome => outcome == CancelOutcome.Canceled || outcome == CancelOutcome.TooLate);
    }

    [Fact]
    public async Task ATrigger_FiresInTheLoopWithWhatIsKnownOfIt()
    {
        var fired = new TaskCompletionSource<EventContext<Reminder>>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            fired.TrySetResult(context);
            return default;
        })).Start();

        var id = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(150)).Publish(new Reminder(9)));
        var context = await Wait.ForAsync(fired.Task);

        context.Event.Should().Be(new Reminder(9));
        context.Firing!.TriggerId.Should().Be(id);
        context.Firing.Sequence.Should().Be(1);
        context.Firing.Sources.Should().BeEmpty();
        context.Firing.DueAt.Should().Be((await host.Triggers.FindAsync(id))!.DueAt);
        context.Firing.FiredAt.Should().BeOnOrAfter(context.Firing.DueAt);
    }

    // Also in the loop, whose reports count from 1970.
    [Fact]
    [Trait("Fault", "80")]
    public async Task ATriggerBefore1970_FiresAndHoldsUpNoOther()
    {
        var fired = new System.Collections.Concurrent.ConcurrentBag<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            fired.Add(context.Event.Number);
            return default;
        })).Start();

        await host.Triggers.AddAsync(Trigger.At(default).Publish(new Reminder(1)));
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(20)).Publish(new Reminder(2)));
        await Wait.UntilAsync(() => fired.Count == 2, "both have fired");

        fired.Should().BeEquivalentTo([1, 2]);
    }

    [Fact]
    [Trait("Fault", "80")]
    public async Task ATriggerInThePast_FiresAtOnceAndOnce()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.MinValue).Publish(new Reminder(1)));

        await consumer.AdvanceAsync();
        await consumer.AdvanceAsync();

        await consumer.ClaimOneAsync();
    }

    // Beyond what a timer of the platform can wait.
    [Fact]
    [Trait("Fault", "83")]
    public async Task ATriggerThatIsDueInAYear_FiresThenAndNotBefore()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<Reminder>((_, _) => default), options => options.ProcessedRetention = TimeSpan.FromDays(3650),
            time: clock).Start();
        var id = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromDays(365)).Publish(new Reminder(1)));
        await host.AsleepAsync(new Reminder(0));

        clock.Advance(TimeSpan.FromDays(364));
        await host.AsleepAsync(new Reminder(0));
        var before = (await host.Triggers.FindAsync(id))!.Status;
        clock.Advance(TimeSpan.FromDays(1));
        await Wait.UntilAsync(async () => (await host.Triggers.FindAsync(id))!.Status == TriggerStatus.Completed, "it fires");

        before.Should().Be(TriggerStatus.Active);
        (await host.Triggers.FindAsync(id))!.LastFiredAt.Should().Be(clock.GetUtcNow());
    }

    [Fact]
    [Trait("Fault", "81")]
    public async Task ATriggerAtTheEndOfTime_IsStoredExactly()
    {
        await using var host = TestHost.Create(redis);

        var id = await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.MaxValue).Publish(new Reminder(1)));

        (await host.Triggers.FindAsync(id))!.DueAt.Should().Be(new DateTimeOffset(9999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero));
    }

    [Fact]
    public async Task ATriggerBetweenTwoMilliseconds_IsRoundedUp()
    {
        await using var host = TestHost.Create(redis);
        var due = new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero);

        var id = await host.Triggers.AddAsync(Trigger.At(due.AddTicks(1)).Publish(new Reminder(1)));

        (await host.Triggers.FindAsync(id))!.DueAt.Should().Be(due.AddMilliseconds(1));
    }

    [Theory]
    [Trait("Fault", "82")]
    [InlineData(-1.0)]
    [InlineData(1e10)]
    public void After_WithABadDelay_IsRefused(double seconds)
    {
        var after = () => Trigger.After(TimeSpan.FromSeconds(seconds));

        after.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*delay must be between*but is*");
    }

    [Fact]
    public async Task ATriggerDueAfterItsEnd_IsCompletedWithoutFiring()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        var due = clock.GetUtcNow().AddMinutes(1);
        var id = await host.Triggers.AddAsync(Trigger.At(due.AddSeconds(-1)).Until(due.AddMilliseconds(-1)).Publish(new Reminder(1)));
        await host.Triggers.RescheduleAsync(id, due);

        clock.Advance(TimeSpan.FromMinutes(1));
        await consumer.AdvanceAsync();

        (await consumer.ClaimAsync()).Should().BeEmpty();
        var found = (await host.Triggers.FindAsync(id))!;
        (found.Status, found.FiringCount).Should().Be((TriggerStatus.Completed, 0L));
    }

    // And no polling: an earlier trigger wakes a loop that sleeps towards a later one.
    [Fact]
    [Trait("Fault", "80")]
    public async Task AnEarlierTrigger_WakesALoopThatSleepsTowardsALaterOne()
    {
        var fired = new TaskCompletionSource<int>();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((_, _) => default)
            .AddHandler<Reminder>((context, _) =>
            {
                fired.TrySetResult(context.Event.Number);
                return default;
            })).Start();
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(30)).Publish(new Reminder(30)));
        await host.AsleepAsync(new OrderPlaced(1));

        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(100)).Publish(new Reminder(1)));

        (await Wait.ForAsync(fired.Task)).Should().Be(1);
    }

    [Fact]
    public async Task ATrigger_ReadsLikeARecordInRedis()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(
            Trigger.At(DateTimeOffset.FromUnixTimeMilliseconds(4_000_000_000_000)).WithId("cart-7").Tagged("cart", "mail")
                .Publish(new Reminder(7)));

        var root = $"{{{host.Prefix}:0}}";
        var hash = (await redis.Database.HashGetAllAsync($"{root}:trigger:cart-7")).ToStringDictionary();

        hash.Should().Contain(
            new("kind", "at"), new("status", "active"), new("type", "order.reminder"), new("data", """{"number":7}"""),
            new("due", "4000000000000"), new("tags", "cart,mail"));
        hash.Keys.Should().BeEquivalentTo("kind", "status", "type", "data", "due", "tags", "added", "spec");
        (await redis.Database.SortedSetScoreAsync($"{root}:triggers", "cart-7")).Should().Be(4_000_000_000_000);
    }
}
