using System.Text;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;

namespace EventTriggers.Tests.Consuming;

/// <summary>Guarantee 7: follow-up events appear if, and only if, the success of their handler is recorded.</summary>
public sealed class FollowUpTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_InAHandler_AppearsWithItsSuccess()
    {
        var invoiced = new TaskCompletionSource<EventContext<Reminder>>();
        string? promised = null;
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((context, _) =>
            {
                promised = context.Publish(new Reminder(context.Event.Number));
                return default;
            })
            .AddHandler<Reminder>((context, _) =>
            {
                invoiced.TrySetResult(context);
                return default;
            })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(5), new PublishOptions { CorrelationId = "c5" });
        var followUp = await Wait.ForAsync(invoiced.Task);

        followUp.Event.Should().Be(new Reminder(5));
        followUp.Id.Should().Be(promised);
        followUp.CorrelationId.Should().Be("c5", "it is inherited");
    }

    [Fact]
    public async Task Publish_InAHandlerThatFails_DoesNotAppear()
    {
        var attempts = 0;
        var reminders = 0;
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((context, _) =>
            {
                context.Publish(new Reminder(1));
                return ++attempts < 3 ? throw new InvalidOperationException("not yet") : default;
            })
            .AddHandler<Reminder>((_, _) =>
            {
                Interlocked.Increment(ref reminders);
                return default;
            })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "the order and its reminder are processed");

        (attempts, reminders).Should().Be((3, 1));
    }

    [Fact]
    public async Task Settle_WithAnOldFence_PublishesNothing()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var zombie = await consumer.ClaimOneAsync();
        clock.Advance(host.Keyspace.Options.LeaseDuration);
        await consumer.ReapAsync();

        await consumer.SettleAsync(new Settlement(zombie, Outcome.Done) { FollowUps = [FollowUp(zombie)] });

        (await host.Events.FindAsync(FollowUp(zombie).Id)).Should().BeNull();
    }

    // Guarantees 6 and 7: one call settles many, and each is judged by itself.
    [Fact]
    public async Task Settle_OfAnOldFenceBesideGoodOnes_PublishesForTheGoodOnesOnly()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var zombie = await consumer.ClaimOneAsync();
        clock.Advance(host.Keyspace.Options.LeaseDuration);
        await consumer.ReapAsync();
        await consumer.ClaimOneAsync();
        await host.Bus.PublishManyAsync([new OrderPlaced(2), new OrderPlaced(3), new OrderPlaced(4)]);
        var good = await consumer.ClaimAsync();

        // The first two go out at once, each in a call of its own; the others share the next.
        await consumer.SettleAsync([.. new[] { good[0], good[1], zombie, good[2] }
            .Select(lease => new Settlement(lease, Outcome.Done) { FollowUps = [FollowUp(lease)] })]);

        (await consumer.ClaimAsync()).Select(lease => lease.Delivery.Id).Should().BeEquivalentTo(good.Select(lease => FollowUp(lease).Id));
        (await host.Events.FindAsync(zombie.Delivery.Id))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Leased);
    }

    [Fact]
    public async Task Settle_Repeated_PublishesItsFollowUpsOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var done = new Settlement(lease, Outcome.Done) { FollowUps = [FollowUp(lease)] };

        await consumer.SettleAsync(done);
        await consumer.SettleAsync(done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(FollowUp(lease).Id);
    }

    [Fact]
    [Trait("Fault", "109")]
    public async Task Settle_WithThousandsOfFollowUps_PublishesAll()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 10_000);
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var followUps = Enumerable.Range(0, 13_500)
            .Select(n => FollowUp(lease) with
            {
                Id = $"{lease.Delivery.Id}/{n}", Options = n < 9000 ? null : OutgoingOptions.None with { DelayMs = 3_600_000 },
            });

        await consumer.SettleAsync(new Settlement(lease, Outcome.Done) { FollowUps = [.. followUps] });

        var counts = await host.Events.CountAsync();
        (counts.Processed, counts.Ready, counts.Delayed).Should().Be((1, 9000, 4500));
    }

    [Fact]
    public async Task Publish_OfTooManyFollowUps_FailsTheHandlerAndSaysSo()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                for (var n = 0; n <= 1000; n++)
                {
                    context.Publish(new Reminder(n));
                }

                return default;
            }),
            options => options.MaxAttempts = 1).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("at most 1000 follow-ups");
    }

    [Fact]
    public async Task Publish_WithAnIdOutsideTheEvent_IsRefused()
    {
        var refused = new TaskCompletionSource<Exception>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var elsewhere = () => context.Publish(new Reminder(1), new PublishOptions { Id = "elsewhere" });
            refused.TrySetResult(elsewhere.Should().Throw<ArgumentException>().Which);
            context.Publish(new Reminder(1), new PublishOptions { Id = "order-1/reminder" });
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "order-1" });

        (await Wait.ForAsync(refused.Task)).Message.Should().Contain("must begin with 'order-1/'");
        await Wait.UntilAsync(async () => await host.Events.FindAsync("order-1/reminder") is not null, "the follow-up is published");
    }

    [Fact]
    public async Task Publish_OfRawAndSeveralFollowUps_AppearWithTheirOptions()
    {
        string[] ids = [];
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            ids =
            [
                context.PublishRaw("raw", "[1]"u8.ToArray()),
                .. context.PublishMany(
                [
                    EventToPublish.Of(new Reminder(1), new PublishOptions { Id = "order-1/reminder", Delay = TimeSpan.FromHours(1) }),
                    EventToPublish.Raw("other", "2"u8.ToArray(), new PublishOptions { CorrelationId = "own" }),
                ]),
            ];
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "order-1", CorrelationId = "parent" });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        var found = await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()));
        found.Select(static one => (one!.Type, Encoding.UTF8.GetString(one.Payload.Span), one.CorrelationId, one.DueAt is not null))
            .Should().Equal(
            ("raw", "[1]", "parent", false), ("order.reminder", """{"number":1}""", "parent", true), ("other", "2", "own", false));
        ids[1].Should().Be("order-1/reminder");
    }

    [Fact]
    public async Task PublishMany_OfWhichOneIsNotAllowed_PublishesNone()
    {
        var refused = new TaskCompletionSource<Exception[]>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var bad = () => context.PublishMany([EventToPublish.Of(new Reminder(1)), EventToPublish.Raw("raw", "{"u8.ToArray())]);
            var many = () => context.PublishMany([.. Enumerable.Range(0, 1001).Select(static n => EventToPublish.Of(new Reminder(n)))]);
            var watched = () => context.PublishMany(
                [EventToPublish.Of(new Reminder(1), new PublishOptions { CancelOn = EventCondition.On("paid") })]);
            refused.TrySetResult(
            [
                bad.Should().Throw<ArgumentException>().Which, many.Should().Throw<InvalidOperationException>().Which, watched.Should()
                    .Throw<ArgumentException>().Which,
            ]);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(refused.Task);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
    }

    [Fact]
    public async Task Publish_OfWhatNoFollowUpCanBe_IsRefusedByEachMember()
    {
        var refused = new TaskCompletionSource<string[]>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var watched = new PublishOptions { CancelOn = EventCondition.On("paid") };
            Action[] bad =
            [
                () => context.Publish(new Reminder(1), watched),
                () => context.PublishRaw("raw", "1"u8.ToArray(), watched),
                () => context.PublishMany([EventToPublish.Of(new Reminder(1)), null!]),
                () => context.PublishRaw("raw", "1"u8.ToArray(), new PublishOptions { Id = "elsewhere" }),
                () => context.PublishMany([EventToPublish.Of(new Reminder(1), new PublishOptions { Id = "elsewhere" })]),
            ];
            refused.TrySetResult([.. bad.Select(static act => act.Should().Throw<ArgumentException>().Which.Message)]);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        var messages = await Wait.ForAsync(refused.Task);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        messages[..2].Should().OnlyContain(static message => message.StartsWith("A follow-up cannot have CancelOn"));
        messages[2].Should().StartWith("Event 1 of the list is null");
        messages[3..].Should().OnlyContain(static message => message.StartsWith("A follow-up's id must begin with"));
        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
    }

    // All of a handler count together, whichever member publishes them.
    [Fact]
    public async Task Publish_OfMoreThanAMebibyte_IsRefusedAndLeavesTheOthers()
    {
        var refused = new TaskCompletionSource<Exception>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var quarter = Encoding.UTF8.GetBytes($"\"{new string('x', 250_000)}\"");
            for (var n = 0; n < 4; n++)
            {
                context.PublishRaw("quarter", quarter);
            }

            var fifth = () => context.PublishRaw("quarter", quarter);
            refused.TrySetResult(fifth.Should().Throw<InvalidOperationException>().Which);
            context.PublishRaw("small", "1"u8.ToArray());
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        var refusal = await Wait.ForAsync(refused.Task);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");

        refusal.Message.Should().Contain("at most 1048576 bytes together");
        var types = (await host.Events.CountUnroutedAsync()).Types;
        types.Select(static type => (type.Type, type.Count)).Should().Equal(("quarter", 4L), ("small", 1L));
    }

    private static OutgoingEvent FollowUp(Lease lease) =>
        new($"{lease.Delivery.Id}/next", "order.reminder", "{}"u8.ToArray(), Options: null);
}
