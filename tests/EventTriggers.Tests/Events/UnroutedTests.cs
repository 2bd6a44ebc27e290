using EventTriggers.Events;
using EventTriggers.Redis.Publishing;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Events;

/// <summary>Events that nobody subscribes to are counted, listed, and warned of.</summary>
public sealed class UnroutedTests(RedisFixture redis)
{
    private const string Warning = "No group subscribes to events of type 'order.placed'";

    [Fact]
    public async Task CountUnrouted_TellsEachTypeUntilAGroupTakesIt()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var since = clock.GetUtcNow();
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2), new OrderPlaced(3)]);
        clock.Advance(TimeSpan.FromSeconds(5));
        await host.Bus.PublishManyAsync([new OrderPlaced(4)]);
        await host.Bus.PublishAsync(new Reminder(1), new PublishOptions { Delay = TimeSpan.FromHours(1) });

        var before = (await host.Events.CountUnroutedAsync()).Types;
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var after = (await host.Events.CountUnroutedAsync()).Types;

        before.Select(type => (type.Type, type.Count, type.Since)).Should()
            .Equal(("order.placed", 4, since), ("order.reminder", 1, since.AddSeconds(5)));
        after.Select(type => (type.Type, type.Count)).Should().Equal(("order.reminder", 1));
    }

    [Fact]
    public async Task CountUnrouted_OfHundredsOfTypes_TellsAll()
    {
        await using var host = TestHost.Create(redis);

        await Task.WhenAll(Enumerable.Range(0, 450).Select(n => host.Bus.PublishRawAsync($"type-{n}", "{}"u8.ToArray()).AsTask()));

        (await host.Events.CountUnroutedAsync()).Types.Select(type => (type.Type, type.Count))
            .Should().BeEquivalentTo(Enumerable.Range(0, 450).Select(n => ($"type-{n}", 1L)));
    }

    [Fact]
    public async Task QueryUnrouted_ListsTheNewestFirstAndNothingElse()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock, configure: options => options.Partitions = 2);
        var ids = new List<string>();
        for (var n = 0; n < 120; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            var options = PublishResults.Spread();
            var published = n % 3 == 0
                ? await host.Bus.PublishAsync(new Reminder(n), options)
                : await host.Bus.PublishAsync(new OrderPlaced(n), options);
            ids.Add(published.Id);
        }

        await host.Events.CancelAsync(ids[1]);

        var all = await host.Events.QueryUnroutedAsync().Select(found => found.Id).ToListAsync();
        var some = await host.Events.QueryUnroutedAsync("order.reminder").Select(found => found.Id).ToListAsync();
        var none = await host.Events.QueryUnroutedAsync("order.paid").ToListAsync();

        all.Should().Equal(Enumerable.Reverse(ids).Where(id => id != ids[1]));
        some.Should().Equal(ids.Where((_, n) => n % 3 == 0).Reverse());
        none.Should().BeEmpty();
    }

    [Fact]
    public async Task QueryUnrouted_LeavesOutWhatTriggersTook()
    {
        await using var host = TestHost.Create(redis);
        var (before, _) = await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(2));

        (await host.Events.QueryUnroutedAsync().Select(found => found.Id).ToListAsync()).Should().Equal(before);
    }

    [Fact]
    public async Task QueryUnrouted_OfABadType_IsRefused()
    {
        await using var host = TestHost.Create(redis);

        await host.Events.Awaiting(events => events.QueryUnroutedAsync("a b").ToListAsync().AsTask()).Should()
            .ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task Publish_OfWhatNobodyTakesForAMinute_WarnsOnce()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Bus.PublishAsync(new OrderPlaced(1));

        clock.Advance(TimeSpan.FromSeconds(59));
        Warnings(host).Should().BeEmpty("hosts may still be starting");
        await MinuteAsync(clock, () => Warnings(host).Count == 1);
        await host.Bus.PublishAsync(new OrderPlaced(2));
        clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => host.Bus.PublishAsync(new OrderPlaced(n)).AsTask()));

        Warnings(host).Should().ContainSingle();
    }

    [Fact]
    public async Task Publish_OfWhatIsTakenWithinAMinute_WarnsOfTheOthersOnly()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new Reminder(1));
        await new ManualConsumer(host).SubscribeAsync("order.placed");

        await MinuteAsync(clock, () => host.Log.Texts.Any(text => text.Contains("'order.reminder'", StringComparison.Ordinal)));

        Warnings(host).Should().BeEmpty();
    }

    // Whoever has published and looks at the log, or ends, a moment later must not be too early.
    [Fact]
    public async Task Publish_OfWhatNobodyTakes_NotesItBeforeItCompletes()
    {
        await using var host = TestHost.Create(redis);
        await host.Keyspace.EnsureReadyAsync();
        var pending = new PendingEvent(
            new PublishBudget(1024 * 1024, partitions: 1), host.Keyspace.Partitions[0], host.Keyspace.Retry.Now,
            new OutgoingEvent("e1", "order.placed", "{}"u8.ToArray(), Options: null));
        bool? wasComplete = null;
        var clock = new NotingClock(() => wasComplete ??= pending.Accepted.IsCompleted);
        await using var unrouted = new UnroutedTypeMonitor(host.Keyspace, clock, host.Log);
        await using var batcher = new PublishBatcher(host.Keyspace, host.Keyspace.Partitions[0], unrouted);

        batcher.Add(pending);
        await Wait.ForAsync(pending.Accepted);

        wasComplete.Should().BeFalse("the note looks at the clock, and the publish waits for it");
    }

    // That triggers alone watch a type is no mistake of a name.
    [Fact]
    public async Task Publish_OfWhatTriggersTake_WarnsOfTheOthersOnly()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new Reminder(1));

        await MinuteAsync(clock, () => host.Log.Texts.Any(text => text.Contains("'order.reminder'", StringComparison.Ordinal)));

        Warnings(host).Should().BeEmpty();
    }

    [Fact]
    public async Task TheLoop_TellsAtItsStartWhichTypesItTakes()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<Reminder>((_, _) => default).AddHandler<OrderPlaced>((_, _) => default)).Start();

        await Wait.UntilAsync(
            () => host.Log.Texts.Any(
                text => text.Contains(
                    "Group default subscribes to events of these types: order.placed, order.reminder.", StringComparison.Ordinal)),
                        "the types are told");
    }

    private static List<string> Warnings(TestHost host) =>
        [.. host.Log.Texts.Where(text => text.Contains(Warning, StringComparison.Ordinal))];

    // The look that the clock begins asks the server, which takes a moment.
    private static async Task MinuteAsync(FakeTimeProvider clock, Func<bool> isDone)
    {
        clock.Advance(TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(isDone, "a minute later the log tells");
    }

    private sealed class NotingClock(Action look) : FakeTimeProvider
    {
        public override long GetTimestamp()
        {
            look();
            return base.GetTimestamp();
        }
    }
}
