using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Groups;

/// <summary>What happened to deliveries, by minute and by hour, beside what the test did.</summary>
public sealed class RateTests(RedisFixture redis)
{
    [Fact]
    public async Task Minutes_TellWhatHappenedInThem()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (consumer, other) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, "other", time: clock));
        await consumer.SubscribeAsync("order.placed");
        await other.SubscribeAsync("order.placed");
        var begin = clock.GetUtcNow();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 20).Select(static n => new OrderPlaced(n))]);
        await host.Bus.PublishAsync(new OrderPlaced(20), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        clock.Advance(TimeSpan.FromMinutes(1));
        var leases = await consumer.ClaimAllAsync();
        var failure = new InvalidOperationException("no");
        await consumer.SettleAsync([.. leases.Take(12).Select(static lease => new Settlement(lease, Outcome.Done))]);
        await consumer.SettleAsync(
        [
            .. leases.Skip(12).Take(5).Select(
                lease => new Settlement(lease, Outcome.Retry) { Failure = failure, Delay = TimeSpan.FromDays(1) }),
        ]);
        await consumer.SettleAsync([.. leases.Skip(17).Select(lease => new Settlement(lease, Outcome.Dead) { Failure = failure })]);

        var rates = await host.Groups.ReadRatesAsync("default", begin, begin.AddMinutes(3));
        rates.UnreadPartitions.Should().BeEmpty();
        rates.Intervals.Select(Figures).Should().Equal((0, 21, 0, 0, 0), (1, 0, 12, 8, 3), (2, 0, 0, 0, 0));
        rates.Intervals[0].At.Should().Be(begin);
        (await host.Groups.ReadRatesAsync("other", begin, begin.AddMinutes(3))).Intervals.Select(Figures)
            .Should().Equal((0, 21, 0, 0, 0), (1, 0, 0, 0, 0), (2, 0, 0, 0, 0));

        (int, long, long, long, long) Figures(GroupRate rate) =>
            ((int)(rate.At - begin).TotalMinutes, rate.Published, rate.Processed, rate.Failed, rate.Dead);
    }

    // Moved deliveries were published before: a retry, what a handler put off, a redrive, the takeover of events that no group wanted.
    [Fact]
    public async Task WhatIsMoved_IsNotCountedAsPublished()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        var failure = new InvalidOperationException("no");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await consumer.SubscribeAsync("order.placed");
        await consumer.SettleAsync(new Settlement(await consumer.ClaimOneAsync(), Outcome.Dead) { Failure = failure });
        await host.Events.RedriveAsync(id);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Release);
        await consumer.SettleAsync(
            new Settlement(await consumer.ClaimOneAsync(), Outcome.Later) { Failure = new RetryLaterException(TimeSpan.Zero) });
        await consumer.SettleAsync(new Settlement(await consumer.ClaimOneAsync(), Outcome.Retry) { Failure = failure });

        var minute = (await host.Groups.ReadRatesAsync("default", clock.GetUtcNow(), clock.GetUtcNow().AddMinutes(1))).Intervals.Single();
        (minute.Published, minute.Failed, minute.Dead).Should().Be((0, 2, 1));
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:rates:default:0")).Should().BeFalse();
    }

    [Fact]
    public async Task ADeliveryThatCrashedItsConsumers_IsCountedAsDead()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock, configure: static options => options.MaxCrashes = 1);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.ClaimOneAsync();
        clock.Advance(TimeSpan.FromMinutes(11));
        await consumer.ReapAsync();

        var now = clock.GetUtcNow();
        (await host.Groups.ReadRatesAsync("default", now, now.AddMinutes(1))).Intervals.Single().Dead.Should().Be(1);
    }

    [Fact]
    public async Task FollowUpsAndFirings_AreCounted()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.Publish(new Reminder(context.Event.Number));
                return default;
            }).AddHandler<Reminder>(static (_, _) => default),
            time: clock).Start();
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new OrderPlaced(1)));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(2)));
        var begin = clock.GetUtcNow();
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await host.Events.CountAsync()).Processed == 3;
            },
            "everything is handled");

        var minutes = (await host.Groups.ReadRatesAsync("$triggers", begin, begin.AddHours(24))).Intervals;
        minutes.Sum(static one => one.Fired).Should().Be(2);
        (await host.Groups.ReadRatesAsync("default", begin, begin.AddHours(24))).Intervals
            .Should().Match<IEnumerable<GroupRate>>(static all => all.Sum(static one => one.Published) == 3
                && all.Sum(static one => one.Processed) == 3);
    }

    [Fact]
    public async Task Hours_AreSummedWhenTheyAreOver_AndKeptForEightDays()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 30, 0, TimeSpan.Zero));
        await using var host = TestHost.Create(redis, time: clock);
        await new ManualConsumer(host, time: clock).SubscribeAsync("order.placed");
        var sweep = new SweepDuty(host.Keyspace, host.Keyspace.Partitions[0], ["default", "$triggers"], host.Log);
        var (begin, expected) = (clock.GetUtcNow(), new List<long>());
        for (var hour = 0; hour < 200; hour++)
        {
            // In every seventh hour nothing is published; for a while nobody sums.
            var count = hour % 7 == 2 ? 0 : 1 + (hour % 5);
            for (var n = 0; n < count; n++)
            {
                await host.Bus.PublishAsync(new OrderPlaced(n));
                clock.Advance(TimeSpan.FromMinutes(5));
            }

            expected.Add(count);
            clock.Advance(begin.AddHours(hour + 1) - clock.GetUtcNow());
            for (var n = 0; hour is < 40 or > 50 && n < 5; n++)
            {
                await sweep.RunOnceAsync();
            }
        }

        var end = begin.AddHours(200);
        var hours = (await host.Groups.ReadRatesAsync("default", end.AddDays(-8), end.AddHours(-1), RateInterval.Hour)).Intervals;
        hours.Select(static one => one.Published).Should().Equal(expected.TakeLast(hours.Count));
        (await redis.Database.HashLengthAsync($"{{{host.Prefix}:0}}:rates:default")).Should().BeLessThan(194);
    }

    [Fact]
    public async Task WhatIsNotAllowed_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        var now = DateTimeOffset.UtcNow;

        await host.Groups.Invoking(store => store.ReadRatesAsync("default", now, now.AddHours(25)).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("The time must be 0 to 24 hours by Minute, but is *");
        await host.Groups.Invoking(store => store.ReadRatesAsync("default", now, now.AddDays(-1)).AsTask())
            .Should().ThrowAsync<ArgumentException>();
        await host.Groups.Invoking(store => store.ReadRatesAsync("default", now, now, (RateInterval)7).AsTask())
            .Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("Must be Minute or Hour.*");
    }
}
