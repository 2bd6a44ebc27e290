using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Triggers;

/// <summary>Recurring triggers that skip occurrences while the event that they raised before has not ended.</summary>
public sealed class SkipWhileRunningTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnOccurrence_WhileTheEventBeforeHasNotEnded_IsSkipped_AndTheHistorySaysSo(bool isCron)
    {
        await using var scene = await Scene.CreateAsync(redis, isCron ? Trigger.Cron("* * * * *") : Trigger.Every(Minute));
        await scene.PassAsync(Minute);
        var first = await scene.Consumer.ClaimOneAsync();
        (await scene.Host.Events.FindAsync(first.Delivery.Id))!.Unique.Should().Be("$trigger:sync");

        await scene.PassAsync(Minute);
        await scene.Consumer.SettleAsync(new Settlement(first, Outcome.Retry) { Delay = TimeSpan.FromHours(1) });
        await scene.PassAsync(Minute);
        (await scene.Consumer.ClaimAsync()).Should().BeEmpty();
        await scene.Host.Events.CancelAsync(first.Delivery.Id);
        await scene.PassAsync(Minute);

        var second = await scene.Consumer.ClaimOneAsync();
        var history = await scene.Host.Triggers.HistoryAsync("sync");
        history.Select(static one => one.WasSkipped).Should().Equal(false, true, true, false);
        history.Select(static one => one.EventId).Should()
            .Equal(second.Delivery.Id, first.Delivery.Id, first.Delivery.Id, first.Delivery.Id);
        history.Select(static one => one.Unreadable).Should().AllBeEquivalentTo((string?)null);
        var trigger = (await scene.Host.Triggers.FindAsync("sync"))!;
        (trigger.FiringCount, trigger.DueAt).Should().Be((2, scene.Now + Minute), "a skipped occurrence does not count");
        (await scene.Host.Events.FindAsync(second.Delivery.Id))!.Firing!.Missed.Should().Be(0);
    }

    [Fact]
    public async Task MissedOccurrences_AreSkippedToo_BehindTheFirst()
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute).OnMisfire(Misfire.FireAll()));

        await scene.PassAsync(5 * Minute);

        var lease = await scene.Consumer.ClaimOneAsync();
        var history = await scene.Host.Triggers.HistoryAsync("sync");
        history.Select(static one => one.WasSkipped).Should().Equal(true, true, true, true, false);
        history.Should().OnlyContain(one => one.EventId == lease.Delivery.Id);
        (await scene.Host.Triggers.FindAsync("sync"))!.FiringCount.Should().Be(1);
    }

    // Two minutes late it goes through a plan, also for an interval.
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    public async Task ASkippedOccurrence_IsNoneOfTheMostFirings(bool isCron, int late)
    {
        var when = isCron ? Trigger.Cron("* * * * *") : Trigger.Every(Minute);
        await using var scene = await Scene.CreateAsync(redis, when.MaxFirings(2));
        await scene.PassAsync(Minute);
        var first = await scene.Consumer.ClaimOneAsync();
        await scene.PassAsync(late * Minute);
        (await scene.CountAsync()).Should().Be((1, TriggerStatus.Active));

        await scene.Consumer.SettleAsync(first, Outcome.Done);
        await scene.PassAsync(Minute);

        await scene.Consumer.ClaimOneAsync();
        (await scene.CountAsync()).Should().Be((2, TriggerStatus.Completed));
    }

    // The most firings; then how many have fired, and were skipped, when ten occurrences have been missed.
    [Theory]
    [InlineData(1, 1, 0, TriggerStatus.Completed)]
    [InlineData(3, 1, 9, TriggerStatus.Active)]
    public async Task MissedOccurrences_ThatAreSkipped_AreNoneOfTheMostFirings(int most, int fired, int skipped, TriggerStatus status)
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute).OnMisfire(Misfire.FireAll()).MaxFirings(most));

        await scene.PassAsync(10 * Minute);

        (await scene.CountAsync()).Should().Be((fired, status));
        (await scene.Host.Triggers.HistoryAsync("sync")).Count(static one => one.WasSkipped).Should().Be(skipped);
        (await scene.Consumer.ClaimAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task WhatWasMissedBeforeASkippedOccurrence_IsToldByTheNextFiring()
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute));
        await scene.PassAsync(Minute);
        var first = await scene.Consumer.ClaimOneAsync();

        await scene.PassAsync(3 * Minute);
        (await scene.Consumer.ClaimAsync()).Should().BeEmpty("the last of the three was skipped");
        await scene.Consumer.SettleAsync(first, Outcome.Done);
        await scene.PassAsync(Minute);

        var second = await scene.Consumer.ClaimOneAsync();
        (await scene.Host.Events.FindAsync(second.Delivery.Id))!.Firing!.Missed.Should().Be(2);
    }

    [Fact]
    public async Task FireNow_IsNotSkipped_AndItsEventWaitsForTheOther()
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute));
        (await scene.Host.Triggers.FireNowAsync("sync")).Should().Be(ChangeOutcome.Done);
        var first = await scene.Consumer.ClaimOneAsync();
        await scene.PassAsync(Minute);
        (await scene.Host.Triggers.HistoryAsync("sync"))[0].WasSkipped.Should().BeTrue("what was fired by hand runs");

        (await scene.Host.Triggers.FireNowAsync("sync")).Should().Be(ChangeOutcome.Done);
        (await scene.Consumer.ClaimAsync()).Should().BeEmpty();
        await scene.Consumer.SettleAsync(first, Outcome.Done);

        var second = await scene.Consumer.ClaimOneAsync();
        second.Delivery.Id.Should().NotBe(first.Delivery.Id);
        (await scene.Host.Triggers.FindAsync("sync"))!.FiringCount.Should().Be(2);
    }

    [Fact]
    public async Task Triggers_WithoutIt_FireThoughTheEventBeforeRuns()
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute), skips: false);
        await scene.PassAsync(Minute);
        await scene.PassAsync(Minute);

        var both = await scene.Consumer.ClaimAsync();
        both.Should().HaveCount(2);
        (await scene.Host.Events.FindAsync(both[0].Delivery.Id))!.Unique.Should().BeNull();
    }

    [Fact]
    public async Task ItIsPartOfTheRecord()
    {
        await using var scene = await Scene.CreateAsync(redis, Trigger.Every(Minute));
        var record = (await scene.Host.Triggers.FindAsync("sync"))!;
        record.SkipsWhileRunning.Should().BeTrue();
        await scene.Host.Triggers.CancelAsync("sync");

        await scene.Host.Triggers.AddAsync(Trigger.From(record));

        (await scene.Host.Triggers.FindAsync("sync"))!.SkipsWhileRunning.Should().BeTrue();
        FluentActions.Invoking(static () => Trigger.After(Minute).SkipWhileRunning()).Should().Throw<InvalidOperationException>()
            .WithMessage("*SkipWhileRunning*");
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly FakeTimeProvider _clock;

        private Scene(TestHost host, FakeTimeProvider clock)
        {
            (Host, _clock) = (host, clock);
            Consumer = new ManualConsumer(host, time: clock);
        }

        public TestHost Host { get; }

        public ManualConsumer Consumer { get; }

        public DateTimeOffset Now => _clock.GetUtcNow();

        public static async Task<Scene> CreateAsync(RedisFixture redis, TriggerWhen when, bool skips = true)
        {
            var clock = Clock.At2030();
            var scene = new Scene(TestHost.Create(redis, time: clock), clock);
            await scene.Consumer.SubscribeAsync("order.placed");
            await scene.Host.Triggers.AddAsync((skips ? when.SkipWhileRunning() : when).Publish(new OrderPlaced(1)).WithId("sync"));
            return scene;
        }

        public ValueTask DisposeAsync() => Host.DisposeAsync();

        /// <summary>Tells how often the trigger has fired, and whether it has ended.</summary>
        public async Task<(long Fired, TriggerStatus Status)> CountAsync()
        {
            var trigger = (await Host.Triggers.FindAsync("sync"))!;
            return (trigger.FiringCount, trigger.Status);
        }

        /// <summary>Lets time pass, and what is due then fire.</summary>
        public async Task PassAsync(TimeSpan time)
        {
            _clock.Advance(time);
            await Consumer.AdvanceAsync();
        }
    }
}
