using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Consuming;

/// <summary>Which consumer wakes when a trigger is due.</summary>
public sealed class TriggerLeaderTests(RedisFixture redis)
{
    [Fact]
    public void TheLeader_WakesWhenItIsDue()
    {
        var clock = Clock.At2030();
        var leader = new TriggerLeader(clock);

        leader.Note(1000, 1500, isLeader: true);

        leader.Left.Should().Be(TimeSpan.FromMilliseconds(500));
        leader.MustFire.Should().BeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(500));
        leader.MustFire.Should().BeTrue();
    }

    [Fact]
    public void TheOthers_WakeLaterAndOnlyLookAgain()
    {
        var clock = Clock.At2030();
        var other = new TriggerLeader(clock);

        other.Note(1000, 1500, isLeader: false);

        other.Left.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(600)).And.BeLessThan(TimeSpan.FromMilliseconds(800));
        clock.Advance(TimeSpan.FromSeconds(1));
        other.MustFire.Should().BeFalse();
    }

    [Fact]
    public void WhenItStaysDue_AnotherTakesOver()
    {
        var other = new TriggerLeader(Clock.At2030());

        other.Note(1599, 1500, isLeader: false);
        other.MustFire.Should().BeFalse();
        other.Note(1600, 1500, isLeader: false);

        other.MustFire.Should().BeTrue();
    }

    [Fact]
    public void WithoutATrigger_ThereIsNothingToDo()
    {
        var leader = new TriggerLeader(Clock.At2030());

        leader.Note(1000, -1, isLeader: true);

        (leader.MustFire, leader.Left).Should().Be((false, TimeSpan.MaxValue));
    }

    // What is never due by time has the highest score.
    [Fact]
    [Trait("Fault", "83")]
    public void WhatIsFarAway_IsLookedAtAgainTomorrow()
    {
        var leader = new TriggerLeader(Clock.At2030());

        leader.Note(1000, UnixTime.Never, isLeader: true);

        leader.Left.Should().Be(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task OfThoseThatAsk_TheFirstIsTheLeader_UntilATriggerIsDueEarlier()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(9)).Publish(new Reminder(1)));

        (await IsLeaderAsync("a"), await IsLeaderAsync("b"), await IsLeaderAsync("a")).Should().Be((true, false, true));
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(5)).Publish(new Reminder(2)));
        (await IsLeaderAsync("b"), await IsLeaderAsync("a")).Should().Be((true, false), "it is the one that knows of the earlier trigger");

        async Task<bool> IsLeaderAsync(string consumer) => (await ClaimAsync(host, consumer)).IsLeader;
    }

    [Fact]
    public async Task WhatIsDueLaterThanThePoll_EachLooksAtAgain()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(9)).Publish(new Reminder(1)));

        await ClaimAsync(host, "a");

        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:leader")).Should().BeFalse();
    }

    // It claims next.
    [Theory]
    [InlineData("default", true)]
    [InlineData("others", false)]
    public async Task WhoFires_RingsNoneOfItsGroup(string group, bool isWaiting)
    {
        await using var host = TestHost.Create(redis, time: Clock.At2030());
        await new ManualConsumer(host).SubscribeAsync("order.reminder");
        await ClaimAsync(host, "a");
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.Zero).Publish(new Reminder(1)));

        await new ManualConsumer(host, group).AdvanceAsync();

        var waiting = await redis.Database.SortedSetRangeByRankAsync(host.Keyspace.Partitions[0].Keys.Of("default").Waiting);
        waiting.Should().Equal(isWaiting ? ["a"] : []);
    }

    // The event that a trigger raises is taken by who fired it, without a ring; and by another, if that one has no room.
    [Fact]
    public async Task WhatATriggerRaises_IsHandledWithoutPolling_AlsoWhenItsProcessIsBusy()
    {
        var (handled, release) = (new System.Collections.Concurrent.ConcurrentBag<int>(), new TaskCompletionSource());
        var prefix = RedisFixture.NewPrefix();
        await using var first = Create();
        await using var second = Create();
        first.Start();
        second.Start();
        await first.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(() => handled.Contains(1), "one of them is busy from here on");

        for (var number = 2; number <= 6; number++)
        {
            await first.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(20)).Publish(new Reminder(number)));
            await Wait.UntilAsync(() => handled.Contains(number), "the other one handles it");
        }

        release.SetResult();

        TestHost Create() => TestHost.Create(redis, build => build.AddHandler<Reminder>(async (context, _) =>
        {
            handled.Add(context.Event.Number);
            await (context.Event.Number == 1 ? release.Task : Task.CompletedTask);
        }), static options => options.Concurrency = 1, prefix: prefix);
    }

    private static async Task<ClaimReply> ClaimAsync(TestHost host, string consumer)
    {
        var group = new DeliveryQueue("default", concurrency: 1);
        return await new Claimer(
            host.Keyspace, host.Keyspace.Partitions[0], [group], TimeProvider.System, NullLogger.Instance).RunOnceAsync(consumer);
    }
}
