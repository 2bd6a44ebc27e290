using System.Text;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Tests.Events;

public sealed class PublishTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_BeforeAnyGroupSubscribes_IsKeptForTheFirstGroupThatDoes()
    {
        await using var host = TestHost.Create(redis);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var first = new ManualConsumer(host, "first");
        var second = new ManualConsumer(host, "second");

        await first.SubscribeAsync("order.placed");
        await second.SubscribeAsync("order.placed");

        (await first.ClaimOneAsync()).Delivery.Id.Should().Be(id);
        (await second.ClaimAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Publish_MoreUnroutedThanABatch_AreAllTakenOverInOrder()
    {
        await using var host = TestHost.Create(redis);
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 450).Select(n => new OrderPlaced(n))])).Ids();
        var consumer = new ManualConsumer(host, concurrency: 1000);

        await consumer.SubscribeAsync("other", "order.placed");
        var claimed = await consumer.ClaimAllAsync();

        claimed.Select(lease => lease.Delivery.Id).Order().Should().Equal(ids.Select(id => id).Order());
    }

    [Fact]
    public async Task Publish_WithTwoGroups_GoesToEachOnce()
    {
        await using var host = TestHost.Create(redis);
        var groups = new[] { new ManualConsumer(host, "billing"), new ManualConsumer(host, "mail") };
        foreach (var group in groups)
        {
            await group.SubscribeAsync("order.placed");
        }

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        foreach (var group in groups)
        {
            (await group.ClaimOneAsync()).Delivery.Id.Should().Be(id);
            (await group.ClaimAsync()).Should().BeEmpty();
        }
    }

    // Guarantee 2.
    [Fact]
    public async Task Publish_WithAnIdThatWasAccepted_ReturnsItsIdAndPublishesOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var options = new PublishOptions { Id = "order-7" };

        var first = (await host.Bus.PublishAsync(new OrderPlaced(7), options)).Id;
        var repeated = (await host.Bus.PublishAsync(new OrderPlaced(8), options)).Id;

        repeated.Should().Be(first);
        (await consumer.ClaimOneAsync()).Delivery.Json.Should().Equal(Encoding.UTF8.GetBytes("""{"number":7,"country":"DE"}"""));
    }

    // Guarantee 2; fault 25.
    [Fact]
    [Trait("Fault", "25")]
    public async Task Publish_WithAnIdThatWasProcessedAndForgotten_IsStillRefusedWithinTheWindow()
    {
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 0);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var options = new PublishOptions { Id = "order-7" };
        await host.Bus.PublishAsync(new OrderPlaced(7), options);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        await host.Bus.PublishAsync(new OrderPlaced(7), options);

        (await host.Events.FindAsync("order-7")).Should().BeNull("its hash is forgotten");
        (await consumer.ClaimAsync()).Should().BeEmpty();
        var window = await redis.Database.KeyTimeToLiveAsync($"{{{host.Prefix}:0}}:seen:order-7");
        window.Should().BeCloseTo(TimeSpan.FromHours(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Publish_WithTheSameIdTwiceAtOnce_PublishesOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var options = new PublishOptions { Id = "order-7" };

        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => host.Bus.PublishAsync(new OrderPlaced(n), options).AsTask()));

        await consumer.ClaimOneAsync();
    }

    // Guarantee 5.
    [Fact]
    public async Task Publish_WithADelay_BecomesReadyAtItsTimeAndNotBefore()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMinutes(5) });

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        var early = await consumer.ClaimAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        var due = await consumer.ClaimAsync();

        early.Should().BeEmpty();
        due.Should().ContainSingle();
    }

    // Guarantee 5.
    [Fact]
    public async Task Publish_DueAtAMoment_BecomesReadyThenByTheClockOfRedis()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var due = clock.GetUtcNow() + TimeSpan.FromMinutes(5);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { DueAt = due.AddTicks(-1) })).Id;

        clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        var early = await consumer.ClaimAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1));

        early.Should().BeEmpty();
        (await host.Events.FindAsync(id))!.DueAt.Should().Be(due, "a part of a millisecond is rounded up");
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    [Fact]
    public async Task Publish_DueAtAMomentWithoutATestClock_GoesByTheServerAndNotByTheHost()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var now = DateTimeOffset.UtcNow;

        var past = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { DueAt = now.AddYears(-80) })).Id;
        var later = (await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions { DueAt = now.AddHours(1) })).Id;

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(past);
        (await host.Events.FindAsync(past))!.DueAt.Should().BeNull("it was ready at once");
        (await host.Events.FindAsync(later))!.Deliveries.Should().ContainSingle().Which.Status.Should().Be(DeliveryStatus.Delayed);
    }

    [Fact]
    public async Task Publish_DueAtAMomentAfterADelay_IsRefused()
    {
        await using var host = TestHost.Create(redis);

        var publish = async () => await host.Bus.PublishAsync(
            new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromSeconds(1), DueAt = DateTimeOffset.UtcNow });

        await publish.Should().ThrowAsync<ArgumentException>().WithMessage("Delay and DueAt exclude each other*");
    }

    [Fact]
    public async Task Publish_WithADelayBeforeAnyGroupSubscribes_StaysDelayed()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromMinutes(5) });
        await consumer.SubscribeAsync("order.placed");

        var early = await consumer.ClaimAsync();
        clock.Advance(TimeSpan.FromMinutes(5));

        early.Should().BeEmpty();
        (await consumer.ClaimAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Publish_WithAnExpiry_IsNotHandedOutAfterIt()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(10) })).Id;

        clock.Advance(TimeSpan.FromSeconds(10));
        var claimed = await consumer.ClaimAsync();

        claimed.Should().BeEmpty();
        (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Status.Should().Be(DeliveryStatus.Expired);
    }

    [Fact]
    public async Task PublishMany_OverSeveralCalls_AcceptsEachOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 5000);
        await consumer.SubscribeAsync("order.placed");

        var calls = await Task.WhenAll(Enumerable.Range(0, 8).Select(call =>
            host.Bus.PublishManyAsync([.. Enumerable.Range(0, 333).Select(n => new OrderPlaced(n))]).AsTask()));

        (await host.Events.CountAsync()).Ready.Should().Be(8 * 333);
        calls.SelectMany(ids => ids).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task PublishMany_OfNothing_ReturnsNothing()
    {
        await using var host = TestHost.Create(redis);

        (await host.Bus.PublishManyAsync(Array.Empty<OrderPlaced>())).Should().BeEmpty();
    }

    [Fact]
    public async Task Publish_ByManyCallersAtOnce_LosesNone()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(n => host.Bus.PublishAsync(new OrderPlaced(n)).AsTask()));

        (await host.Events.CountAsync()).Ready.Should().Be(2000);
    }

    [Fact]
    public async Task Publish_WithACancelledToken_PublishesNothing()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");

        var publish = async () => await host.Bus.PublishAsync(new OrderPlaced(1), null, new CancellationToken(canceled: true));

        await publish.Should().ThrowAsync<OperationCanceledException>();
        (await host.Events.CountAsync()).Ready.Should().Be(0);
    }

    [Fact]
    [Trait("Fault", "39")]
    public async Task Publish_AfterTheScriptsWereFlushed_Works()
    {
        await using var host = TestHost.Create(redis);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await redis.Database.ExecuteAsync("SCRIPT", "FLUSH");

        var id = (await host.Bus.PublishAsync(new OrderPlaced(2))).Id;

        (await host.Events.FindAsync(id)).Should().NotBeNull();
    }

    [Fact]
    public async Task Publish_ReadsLikeARecordInRedis()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, "billing");
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions
        {
            Id = "order-1",
            CorrelationId = "request-9",
            Headers = new Dictionary<string, string> { ["tenant"] = "acme" },
        });

        var hash = (await redis.Database.HashGetAllAsync($"{{{host.Prefix}:0}}:event:order-1")).ToStringDictionary();

        hash.Should().ContainKey("at").And.HaveCount(6);
        hash.Should().Contain(
            new("type", "order.placed"), new("data", """{"number":1,"country":"DE"}"""), new("correlation", "request-9"),
            new("headers", """{"tenant":"acme"}"""), new("status:billing", "ready"));
    }
}
