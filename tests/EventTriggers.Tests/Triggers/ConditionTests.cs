using System.Collections.Concurrent;
using System.Text;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>Event triggers with conditions, stored and matched on a server.</summary>
public sealed class ConditionTests(RedisFixture redis)
{
    [Fact]
    public async Task Where_FiresForEventsOfWhichItHolds()
    {
        var raised = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Reminder>((context, _) =>
        {
            raised.Enqueue(Encoding.UTF8.GetString(context.Firing!.Sources[0].Payload.Span));
            return default;
        })).Start();
        var id = await host.Triggers.AddAsync(
            Trigger.On<OrderPlaced>().Where(o => o.Number > 5 && o.Country == "AT").Publish(new Reminder(1)));

        foreach (var (number, country) in ((int, string)[])[(4, "AT"), (6, "DE"), (7, "AT"), (8, "DE"), (9, "AT")])
        {
            await host.Bus.PublishAsync(new OrderPlaced(number, country));
        }

        await Wait.UntilAsync(
            async () => await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0 }
                && raised.Count == 2, "all are matched");
        raised.Should().BeEquivalentTo("""{"number":7,"country":"AT"}""", """{"number":9,"country":"AT"}""");
        (await host.Triggers.FindAsync(id))!.Pattern.Should().Be("""{"number":[{"numeric":[">",5]}],"country":["AT"]}""");
    }

    [Fact]
    public async Task Matching_OfABadPattern_IsRefusedAndStoresNothing()
    {
        await using var host = TestHost.Create(redis);

        var add = async () => await host.Triggers.AddAsync(
            Trigger.On("x").Matching("""{"a":["x",{"like":"y"}]}""").WithId("t").Publish(new Reminder(1)));
        var untranslated = async () => await host.Triggers.AddAsync(
            Trigger.On<OrderPlaced>().Where(o => o.Number + 1 == 2).WithId("t").Publish(new Reminder(1)));

        await add.Should().ThrowAsync<ArgumentException>().WithMessage("*$.a?1?.like: there is no operator 'like'*");
        await untranslated.Should().ThrowAsync<NotSupportedException>().WithMessage("*(o.Number + 1) == 2*");
        (await host.Triggers.FindAsync("t")).Should().BeNull();
    }

    [Fact]
    public async Task Update_OfACondition_CountsForTheNextEvent()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1).WithId("t"));
        await scene.PlaceAsync(1, 2);

        await scene.Host.Triggers.UpdateAsync(id, Trigger.On<OrderPlaced>().Where(o => o.Number == 2).Publish(new Reminder(1)));
        await scene.PlaceAsync(1, 2);

        (await scene.OrdersAsync()).Should().Equal(1, 2);
        (await scene.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(2);
    }

    // It watches on: nobody but its owner ends it.
    [Fact]
    public async Task ATriggerThatNobodyCouldRead_FiresWhenItIsRepaired()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number < 10).WithId("t"));
        var hash = scene.Host.Keyspace.Partitions[0].Keys.Trigger("t");
        var pattern = await redis.Database.HashGetAsync(hash, "pattern");
        await redis.Database.HashSetAsync(hash, "pattern", "{");
        await scene.PlaceAsync(1);
        await redis.Database.HashSetAsync(hash, "pattern", pattern);

        await using var next = await MatchScene.CreateAsync(redis, configure: options => options.KeyPrefix = scene.Host.Prefix);
        await next.PlaceAsync(2);

        (await next.OrdersAsync()).Should().Equal(2);
    }

    // Raised ids are remembered for longer than what was raised.
    [Fact]
    public async Task AnEventThatIsMatchedAgain_AfterWhatItRaisedIsForgotten_FiresNothing()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On<OrderPlaced>());
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = (await scene.HoldAsync()).Single();
        await scene.MatchAsync(lease);
        await redis.Database.KeyDeleteAsync(scene.Host.Keyspace.Partitions[0].Keys.Event(DerivedIds.Raised(id, lease.Delivery.Id)));

        await scene.MatchAsync(lease);

        (await scene.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    }

    // By when they were published; whatever the kind of the trigger.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task BeforeItsStart_ATriggerPassesEventsOver(bool isOverTime)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var when = Trigger.On<OrderPlaced>().StartingAt(scene.Clock.GetUtcNow().AddMinutes(1));
        await scene.AddAsync(isOverTime ? when.AtMost(10, TimeSpan.FromHours(1)) : when);
        await scene.PlaceAsync(1);
        scene.Clock.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        await scene.PlaceAsync(2);
        scene.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await scene.PlaceAsync(3);

        (await scene.OrdersAsync()).Should().Equal(3);
    }

    [Fact]
    public async Task ATriggerWithAConditionThatCannotBeRead_HoldsUpNoOther()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var broken = await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Number == 1));
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger(broken), "pattern", "no pattern");

        await scene.PlaceAsync(1);
        var raised = await scene.OrdersAsync();
        await scene.Host.Triggers.UpdateAsync(broken, Trigger.On<OrderPlaced>().Where(o => o.Number == 2).Publish(new Reminder(1)));
        await scene.PlaceAsync(2);

        raised.Should().Equal(1);
        (await scene.OrdersAsync()).Should().Equal(2);
        (await scene.Host.Triggers.CancelAsync(broken)).Should().Be(CancelOutcome.Canceled);
    }
}
