using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>Triggers that lead to one another come to an end, however many they are.</summary>
public sealed class TriggerChainTests(RedisFixture redis)
{
    // n triggers that each raise what all of them wait for: in a chain each fires once, so there are n + n(n−1) + … chains.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    [InlineData(3, 15)]
    [InlineData(4, 64)]
    public async Task TriggersThatRaiseWhatAllOfThemWaitFor_FireOnceInEachChain(int count, int raised)
    {
        await using var scene = await CreateAsync(count);

        await scene.Host.Bus.PublishAsync(new Reminder(0));
        await MatchAllAsync(scene);

        (await FiredAsync(scene)).Should().Be(raised);
        (await scene.Host.Events.CountAsync(TriggerMatcher.Group)).Dead.Should().Be(0);
    }

    // Eight of them would be 109 600.
    [Fact]
    public async Task TriggersThatMultiply_AreEndedByWhatAnEventMayLeadTo()
    {
        await using var scene = await CreateAsync(8);

        await scene.Host.Bus.PublishAsync(new Reminder(0));
        await MatchAllAsync(scene);

        (await FiredAsync(scene)).Should().BeLessThanOrEqualTo(8 * (1 + TriggerChain.MostEvents));
        var dead = await scene.Host.Events.QueryAsync(new EventQuery { Group = TriggerMatcher.Group, Status = DeliveryStatus.Dead })
            .FirstAsync();
        dead.Deliveries.Single(static delivery => delivery.Group == TriggerMatcher.Group).Error.Should()
            .Contain("3 more of the 1000 events");
    }

    [Fact]
    public async Task ATriggerThatDoesNotFireForWhatItLedTo_SaysSo()
    {
        await using var scene = await CreateAsync(1);

        await scene.Host.Bus.PublishAsync(new Reminder(0));
        await MatchAllAsync(scene);

        (await scene.Host.Triggers.QueryAsync(new TriggerQuery()).SingleAsync()).Error.Should()
            .Contain("the trigger itself led to that event");
        scene.Host.Log.Texts.Should()
            .Contain(static text => text.Contains("the trigger itself led to that event", StringComparison.Ordinal));
    }

    // Each raises what the next waits for, and none is met twice.
    [Fact]
    [Trait("Fault", "93")]
    public async Task AChainOfDifferentTriggers_EndsAfterMaxTriggerChain_AndSaysSo()
    {
        await using var scene = await MatchScene.CreateAsync(redis, configure: static options => options.MaxTriggerChain = 5);
        for (var n = 0; n < 8; n++)
        {
            await scene.Host.Triggers.AddAsync(Trigger.On($"step{n}").Publish(new EventTemplate($"step{n + 1}", "{}")).WithId($"t{n}"));
        }

        await scene.Host.Bus.PublishRawAsync("step0", "{}"u8.ToArray());
        await MatchAllAsync(scene);

        (await FiredAsync(scene)).Should().Be(5);
        var dead = await scene.Host.Events.QueryAsync(new EventQuery { Group = TriggerMatcher.Group, Status = DeliveryStatus.Dead })
            .ToListAsync();
        dead.Should().ContainSingle().Which.Deliveries.Single(static delivery => delivery.Group == TriggerMatcher.Group).Error.Should()
            .Contain("MaxTriggerChain");
    }

    // What a handler publishes goes on with the chain.
    [Fact]
    public async Task AFollowUpOfWhatATriggerRaised_DoesNotFireItAgain()
    {
        var placed = 0;
        await using var host = TestHost.Create(redis, static build => build
            .AddHandler<Reminder>(static (context, _) =>
            {
                context.Publish(new OrderPlaced(2));
                return default;
            })
            .AddHandler<OrderPlaced>(static (_, _) => default)).Start();
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));

        await host.Bus.PublishAsync(new OrderPlaced(1));

        await Wait.UntilAsync(
            async () => (placed = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Processed }).CountAsync()) == 3
                && await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0, Processed: 2 },
                "both orders and the reminder are handled");
        placed.Should().Be(3);
        (await host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    }

    // An answer is no firing: what a reminder leads to still answers those that wait.
    [Fact]
    public async Task AnAnswerThatATriggerLedTo_StillAnswersIt()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var minute = TimeSpan.FromMinutes(1);
        await scene.Host.Triggers.AddAsync(Trigger.On("placed").NotFollowedBy("order.reminder").Within(minute).Publish(new Reminder(1)));
        await scene.PublishAsync("placed", "{}");
        scene.Clock.Advance(TimeSpan.FromSeconds(30));
        await scene.PublishAsync("placed", "{}");

        await scene.PassAsync(TimeSpan.FromSeconds(30));
        await scene.MatchAsync();
        await scene.PassAsync(minute);

        (await scene.RaisedAsync()).Should().ContainSingle("the reminder for the first is what the second waits for");
    }

    [Fact]
    public void Parse_OfWhatItWrites_ReadsItBack()
    {
        var (first, second) = (TriggerChain.ToMark("a"), TriggerChain.ToMark("b"));
        var chain = TriggerChain.None.Through(first, among: 7).Through(second, among: 3);

        TriggerChain.TryParse(chain.ToString(), out var read).Should().BeTrue();

        (read!.Depth, read.Left, read.Has(first), read.Has(second)).Should().Be((2, 332, true, true));
        TriggerChain.None.ToString().Should().BeEmpty();
    }

    private static async Task MatchAllAsync(MatchScene scene)
    {
        do
        {
            await scene.MatchAsync();
        }
        while (await scene.Host.Events.CountAsync(TriggerMatcher.Group) is { Ready: > 0 });
    }

    private static async Task<long> FiredAsync(MatchScene scene) =>
        await scene.Host.Triggers.QueryAsync(new TriggerQuery()).Select(static trigger => trigger.FiringCount).SumAsync();

    private async Task<MatchScene> CreateAsync(int count)
    {
        var scene = await MatchScene.CreateAsync(redis);
        for (var n = 0; n < count; n++)
        {
            await scene.AddAsync(Trigger.On<Reminder>().WithId($"t{n}"));
        }

        return scene;
    }
}
