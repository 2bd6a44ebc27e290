using System.Collections.Concurrent;
using static EventTriggers.Tests.Groups.GroupStoreScene;

namespace EventTriggers.Tests.Groups;

/// <summary>What pausing a group does, when a pause ends, and how to wait for what still runs.</summary>
public sealed class GroupPauseTests(RedisFixture redis)
{
    [Fact]
    public async Task APausedGroup_ClaimsNothing_AndGoesOnWhenItIsResumed()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(redis, handled).Start();
        await UntilKnownAsync(host, "billing", "default");

        (await host.Groups.PauseAsync("billing", new PauseOptions { By = "ada", Reason = "the bank is closed" }))
            .Should().Be(ChangeOutcome.Done);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 300).Select(static n => new OrderPlaced(n))]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 300, "the other group handles all events");

        handled.Should().NotContainKey("billing");
        var paused = (await host.Groups.FindAsync("billing"))!;
        (paused.Counts.Ready, paused.Counts.Leased).Should().Be((300, 0));
        paused.Pause.Should().BeEquivalentTo(new { By = "ada", Reason = "the bank is closed", Until = (DateTimeOffset?)null });
        paused.Pause!.Since.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:settings:billing", "paused")).ToString().Should().Be("-1");

        (await host.Groups.ResumeAsync("billing")).Should().Be(ChangeOutcome.Done);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 300, "the consumers are told");
        (await KeysAsync(redis, host.Prefix)).Should().NotContain(static key => key.Contains(":settings"));
    }

    // Nothing polls in these tests: only the end of the pause wakes the loop.
    [Fact]
    public async Task APauseEndsByItself()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(redis, handled).Start();
        await UntilKnownAsync(host, "billing", "default");

        var until = DateTimeOffset.UtcNow.AddSeconds(1);
        await host.Groups.PauseAsync("billing", new PauseOptions { Until = until });
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 1, "the pause is over");

        DateTimeOffset.UtcNow.Should().BeOnOrAfter(until);
        (await host.Groups.FindAsync("billing"))!.Pause.Should().BeNull();
    }

    [Fact]
    [Trait("Fault", "148")]
    [Trait("Fault", "149")]
    public async Task APauseThatIsGoneWithoutAMessage_IsFoundOutByAPoll()
    {
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = TwoGroups(
            redis, handled, static options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromMilliseconds(100))
            .Start();
        await UntilKnownAsync(host, "billing", "default");
        await host.Groups.PauseAsync("billing");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => handled.GetValueOrDefault("default") == 1, "the other group works");
        handled.Should().NotContainKey("billing");

        await redis.Database.KeyDeleteAsync([$"{{{host.Prefix}:0}}:settings:billing", $"{{{host.Prefix}:0}}:settings"]);
        await Wait.UntilAsync(() => handled.GetValueOrDefault("billing") == 1, "the next claim finds no pause");
    }

    [Fact]
    public async Task APause_EndsAtItsMoment_ByTheClockOfRedis()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Groups.PauseAsync("default", new PauseOptions { Until = clock.GetUtcNow().AddMinutes(5) });

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        (await consumer.ClaimAsync()).Should().BeEmpty();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task APause_LeavesDueParkedAndQuarantinedDeliveries()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMinutes(1) });
        await host.Groups.PauseAsync("default");
        clock.Advance(TimeSpan.FromMinutes(1));

        (await consumer.ClaimAsync()).Should().BeEmpty();
        consumer.Left.Should().Be(0, "a loop would claim again at once");
        var counts = await host.Events.CountAsync();
        (counts.Ready, counts.Delayed).Should().Be((1, 0), "what is due waits to be claimed");
        await host.Groups.ResumeAsync("default");
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }

    [Fact]
    public async Task ThePausedTriggersGroup_LetsEventsWaitToBeMatched_WhileTimeTriggersFire()
    {
        var raised = new ConcurrentQueue<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Invoice>((context, _) =>
        {
            raised.Enqueue(context.Event.Number);
            return default;
        })).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Invoice(1)));
        await host.Groups.PauseAsync("$triggers");

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(50)).Publish(new Invoice(2)));
        await Wait.UntilAsync(() => raised.Contains(2), "the trigger that is due fires");
        raised.Should().Equal(2);
        (await host.Groups.FindAsync("$triggers"))!.Counts.Ready.Should().Be(1);

        await host.Groups.ResumeAsync("$triggers");
        await Wait.UntilAsync(() => raised.Contains(1), "the event is matched");
    }

    [Fact]
    public async Task Pause_OfAnUnknownGroup_ChangesNothing()
    {
        await using var host = TestHost.Create(redis);

        (await host.Groups.PauseAsync("nowhere")).Should().Be(ChangeOutcome.NotFound);
        (await host.Groups.ResumeAsync("nowhere")).Should().Be(ChangeOutcome.NotFound);
        (await host.Groups.RemoveAsync("nowhere")).Should().Be(RemoveGroupOutcome.NotFound);
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:settings:nowhere")).Should().BeFalse();
    }

    [Fact]
    public async Task WhatIsNotAllowed_IsRefusedByName()
    {
        await using var host = TestHost.Create(redis);
        var groups = host.Groups;

        await groups.Invoking(static store => store.PauseAsync("a b").AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage("The group must consist of *but 'a b' has U+0020 at 1.*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { By = new string('x', 201) }).AsTask())
            .Should().ThrowAsync<ArgumentException>()
            .WithMessage("The name of who pauses a group may have at most 200 characters, but has 201*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { Reason = "\ud800" }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("The reason of a pause must be Unicode*");
        await groups.Invoking(static store => store.PauseAsync("a", new PauseOptions { Until = DateTimeOffset.MinValue }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("A pause must end after 1970, but Until is 0001-01-01*");
        await groups.Invoking(static store => store.RemoveAsync("$triggers").AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task WaitUntilDrained_WaitsForWhatRuns()
    {
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            begun.TrySetResult();
            await release.Task;
        })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(begun.Task);
        await host.Groups.PauseAsync("default");

        var drained = host.Groups.WaitUntilDrainedAsync("default").AsTask();
        await Task.Delay(200);
        drained.IsCompleted.Should().BeFalse();
        release.SetResult();
        await Wait.ForAsync(drained);
        (await host.Events.CountAsync()).Processed.Should().Be(1);
    }

    // With the last consumer killed, nobody takes its expired leases away.
    [Fact]
    public async Task WaitUntilDrained_DoesNotWaitForLeasesThatHaveExpired()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.ClaimOneAsync();
        await host.Groups.PauseAsync("default");
        using var stop = new CancellationTokenSource();
        var waiting = host.Groups.WaitUntilDrainedAsync("default", stop.Token).AsTask();
        await Task.Delay(100);
        waiting.IsCompleted.Should().BeFalse();

        clock.Advance(host.Keyspace.Options.LeaseDuration + TimeSpan.FromSeconds(2));
        await Wait.ForAsync(waiting);
    }

    // Whatever stands in its place, a group without readable settings is served.
    [Fact]
    [Trait("Fault", "150")]
    public async Task SettingsOfAnotherType_StopNoGroup_AndAreNotOverwritten()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.StringSetAsync($"{{{host.Prefix}:0}}:settings:default", "something else");
        await redis.Database.SetAddAsync($"{{{host.Prefix}:0}}:settings", "default");

        (await consumer.ClaimAsync()).Should().HaveCount(1);
        (await host.Groups.FindAsync("default"))!.Pause.Should().BeNull();
        await host.Groups.Invoking(static store => store.PauseAsync("default").AsTask()).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage($"The key '{{{host.Prefix}:0}}:settings:default' holds a string that EventTriggers did not write; *");
        (await redis.Database.StringGetAsync($"{{{host.Prefix}:0}}:settings:default")).ToString().Should().Be("something else");
    }

    [Fact]
    public async Task GarbageInSettings_IsNoPause()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:settings:default", "paused", "for ever");
        await redis.Database.SetAddAsync($"{{{host.Prefix}:0}}:settings", "default");

        (await host.Groups.FindAsync("default"))!.Pause.Should().BeNull();
        (await consumer.ClaimAsync()).Should().HaveCount(1);
    }
}
