using EventTriggers.Consuming.Execution;
using EventTriggers.Tests.Consuming;

namespace EventTriggers.Tests.Events;

/// <summary>Why a delivery has not been handled yet.</summary>
public sealed class DeliveryExplanationTests(RedisFixture redis)
{
    private static readonly PublishOptions KeyA = new() { Key = "a" };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Explain_OfDeliveriesOfAKey_TellsWhoseTurnItIs(int partitions)
    {
        var clock = Clock.At2030();
        await using var host = Host(1, DeadLetters.Hold, clock, partitions);
        var consumer = await ConsumerAsync(host, host.Keyspace.PartitionOf("a").Index);
        var (first, second) = (await PublishAsync(host, KeyA), await PublishAsync(host, KeyA));
        (await ExplainAsync(host, first)).Reason.Should().Be(DeliveryReason.Claimable);
        var lease = await consumer.ClaimOneAsync();
        var third = await PublishAsync(host, KeyA);

        var leased = await ExplainAsync(host, first);
        (leased.Status, leased.Reason, leased.Until).Should()
            .Be((DeliveryStatus.Leased, DeliveryReason.Leased, clock.GetUtcNow() + host.Keyspace.Options.LeaseDuration));
        leased.Consumer.Should().NotBeNullOrEmpty();
        foreach (var waiting in new[] { second, third })
        {
            var why = await ExplainAsync(host, waiting);
            (why.Status, why.Reason).Should().Be((DeliveryStatus.Ready, DeliveryReason.KeyTaken));
            why.Behind.Should().Equal(first);
        }

        await consumer.SettleAsync(lease, Outcome.Dead);
        (await ExplainAsync(host, first)).Reason.Should().Be(DeliveryReason.DeadLetter);
        var held = await ExplainAsync(host, second);
        (held.Reason, held.Behind.Single()).Should().Be((DeliveryReason.KeyHeld, first));

        await host.Events.RedriveAsync(first);
        (await ExplainAsync(host, first)).Reason.Should().Be(DeliveryReason.Claimable);
        (await ExplainAsync(host, second)).Reason.Should().Be(DeliveryReason.KeyTaken);
        await host.Events.DiscardAsync(first);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);
        (await ExplainAsync(host, first)).Reason.Should().Be(DeliveryReason.Ended);
        (await ExplainAsync(host, second)).Reason.Should().Be(DeliveryReason.Claimable);
    }

    [Fact]
    public async Task Explain_WhereAKeyHasSeveralPlaces_WaitsForNobodyWhileOneIsFree()
    {
        await using var host = Host(2);
        var consumer = await ConsumerAsync(host, 0);
        var first = await PublishAsync(host, KeyA);
        await consumer.ClaimOneAsync();
        var second = await PublishAsync(host, KeyA);
        (await ExplainAsync(host, second)).Reason.Should().Be(DeliveryReason.Claimable);
        await consumer.ClaimOneAsync();
        var third = await PublishAsync(host, KeyA);

        var why = await ExplainAsync(host, third);

        (why.Reason, why.Until).Should().Be((DeliveryReason.KeyTaken, null));
        why.Behind.Should().BeEquivalentTo(first, second);
    }

    [Fact]
    public async Task Explain_WhileTheGroupIsPaused_SaysUntilWhen_AndChangesNothing()
    {
        var clock = Clock.At2030();
        await using var host = Host(1, time: clock);
        var consumer = await ConsumerAsync(host, 0);
        var first = await PublishAsync(host, KeyA);
        await consumer.ClaimOneAsync();
        var second = await PublishAsync(host, KeyA);
        var groups = host.Services.GetRequiredService<IGroupStore>();
        var until = clock.GetUtcNow().AddMinutes(5);

        await groups.PauseAsync("default", new PauseOptions { Until = until });
        var paused = await ExplainAsync(host, second);
        (paused.Reason, paused.Until, paused.Behind.Single()).Should().Be((DeliveryReason.GroupPaused, until, first));
        clock.Advance(TimeSpan.FromMinutes(6));
        (await ExplainAsync(host, second)).Reason.Should().Be(DeliveryReason.KeyTaken, "the pause is over");
        (await redis.Database.HashExistsAsync($"{{{host.Prefix}:0}}:settings:default", "paused")).Should().BeTrue("nothing is changed");

        await groups.PauseAsync("default");
        var endless = await ExplainAsync(host, second);
        (endless.Reason, endless.Until).Should().Be((DeliveryReason.GroupPaused, null));
    }

    [Fact]
    public async Task Explain_OfWhatIsNotDue_SaysWhenItIs()
    {
        var clock = Clock.At2030();
        await using var host = Host(places: null, time: clock);
        var consumer = await ConsumerAsync(host, 0);
        var failing = await PublishAsync(host, null);
        await consumer.SettleAsync(new Settlement(await consumer.ClaimOneAsync(), Outcome.Retry) { Delay = TimeSpan.FromMinutes(3) });
        var delayed = await PublishAsync(host, new PublishOptions { Delay = TimeSpan.FromHours(1) });

        foreach (var (id, wait) in new[] { (failing, TimeSpan.FromMinutes(3)), (delayed, TimeSpan.FromHours(1)) })
        {
            var why = await ExplainAsync(host, id);
            (why.Status, why.Reason, why.Until).Should().Be((DeliveryStatus.Delayed, DeliveryReason.NotDue, clock.GetUtcNow() + wait));
        }
    }

    [Fact]
    public async Task Explain_WhereNoHostHandlesTheType_SaysSo()
    {
        await using var host = Host(places: null);
        var consumer = await ConsumerAsync(host, 0);
        var id = await PublishAsync(host, null);
        (await ExplainAsync(host, id)).Reason.Should().Be(DeliveryReason.Claimable);

        await consumer.LeaveAsync();

        (await ExplainAsync(host, id)).Reason.Should().Be(DeliveryReason.NoConsumer);
    }

    [Fact]
    public async Task Explain_OfAParkedDelivery_SaysSo()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var parked = await scene.ParkAsync(3);

        (await ExplainAsync(scene.Host, parked)).Reason.Should().Be(DeliveryReason.Parked);
        (await ExplainAsync(scene.Host, await scene.PublishAsync("b"))).Reason.Should().Be(DeliveryReason.Claimable);
    }

    [Fact]
    public async Task Explain_OfWhatHasEnded_OrIsNotThere_HasNothingToSay()
    {
        await using var host = Host(places: null);
        await ConsumerAsync(host, 0);
        var id = await PublishAsync(host, null);
        await host.Events.CancelAsync(id);
        await redis.Database.StringSetAsync($"{{{host.Prefix}:0}}:event:foreign", "text");

        var canceled = await ExplainAsync(host, id);

        (canceled.Status, canceled.Reason).Should().Be((DeliveryStatus.Canceled, DeliveryReason.Ended));
        (await host.Events.ExplainAsync("none")).Should().BeEmpty();
        (await host.Events.ExplainAsync("foreign")).Should().BeEmpty();
    }

    private static async Task<DeliveryExplanation> ExplainAsync(TestHost host, string id) =>
        (await host.Events.ExplainAsync(id)).Should().ContainSingle().Subject;

    private static async Task<string> PublishAsync(TestHost host, PublishOptions? options) =>
        (await host.Bus.PublishAsync(new OrderPlaced(1), options)).Id;

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, int partition)
    {
        var consumer = new ManualConsumer(host, partition: partition);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private TestHost Host(int? places, DeadLetters? onDead = null, TimeProvider? time = null, int partitions = 1) => TestHost.Create(
        redis,
        configure: options =>
        {
            options.Partitions = partitions;
            options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead };
        },
        time: time);
}
