using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Events;

/// <summary>Names of unique work when something goes wrong, and beside other features.</summary>
public sealed class UniqueTroubleTests(RedisFixture redis)
{
    private static readonly Unique Name = Unique.By("deploy");
    private static readonly Unique Queued = Name.Otherwise(WhenTaken.QueueOne);

    [Fact]
    [Trait("Fault", "172")]
    public async Task APublishWhoseReplyWasLost_IsAnsweredTheSame_AfterTheHolderHasEnded()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var first = await PublishAsync(host, Name);
        var (kept, accepted) = (Request(host, Name, "other"), Request(host, Queued));
        var before = await host.Keyspace.Scripts.RunAsync(kept);
        before.Kept.Should().BeEquivalentTo(new Dictionary<int, string> { [0] = first.Id });
        var lease = await consumer.ClaimOneAsync();
        (await host.Keyspace.Scripts.RunAsync(accepted)).Kept.Should().BeNull();
        await consumer.SettleAsync(lease, Outcome.Done);
        var next = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(next, Outcome.Done);

        (await host.Keyspace.Scripts.RunAsync(kept)).Kept.Should().BeEquivalentTo(before.Kept);
        (await host.Keyspace.Scripts.RunAsync(accepted)).Kept.Should().BeNull();
        (await consumer.ClaimAsync()).Should().BeEmpty("nothing was accepted again");
    }

    [Fact]
    [Trait("Fault", "173")]
    public async Task WhereTheHolderIsDeletedByHand_TheOneThatWaitsGoesOn_AndTheNameIsFree()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        // Garnet cannot look through its keys in a script.
        foreach (var isRepaired in redis.IsGarnet ? new[] { false } : [true, false])
        {
            var first = await PublishAsync(host, Queued);
            await consumer.ClaimOneAsync();
            var second = await PublishAsync(host, Queued);
            await DeleteAsync(host, first.Id);
            (await consumer.ClaimAsync()).Should().BeEmpty();
            if (isRepaired)
            {
                (await consumer.RepairAsync()).Should().Be(1);
            }
            else
            {
                clock.Advance(TimeSpan.FromMinutes(1));
            }

            (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
            await DeleteAsync(host, second.Id);
            (await PublishAsync(host, Name)).Outcome.Should().Be(PublishOutcome.Accepted);
            await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);
        }

        var last = await PublishAsync(host, Name);
        await consumer.ClaimOneAsync();
        await DeleteAsync(host, last.Id);
        (await consumer.RepairAsync()).Should().Be(redis.IsGarnet ? 0 : 1, "nothing has the name");
        (await KeyAsync(host)).Should().Be(redis.IsGarnet ? last.Id : null);
    }

    [Fact]
    [Trait("Fault", "174")]
    public async Task WhereTheKeyOfTheNameHoldsSomethingElse_NothingIsPublished_AndNothingBegins()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var first = await PublishAsync(host, Name);
        await redis.Database.KeyDeleteAsync(Key(host));
        await redis.Database.ListLeftPushAsync(Key(host), "mine");

        await FluentActions.Awaiting(() => PublishAsync(host, Name).AsTask()).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*unique:deploy' holds a list*nothing was changed*");
        (await host.Bus.PublishAsync(new OrderPlaced(2))).Outcome.Should().Be(PublishOutcome.Accepted);
        (await consumer.ClaimAsync()).Select(static lease => lease.Delivery.Id).Should().NotContain(first.Id);
        (await redis.Database.ListLengthAsync(Key(host))).Should().Be(1);

        await redis.Database.KeyDeleteAsync(Key(host));
        clock.Advance(TimeSpan.FromMinutes(1));
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(first.Id);
    }

    [Fact]
    public async Task OfSeveralGroups_TheLastOneFreesTheName()
    {
        await using var host = TestHost.Create(redis);
        var (one, other) = (await ConsumerAsync(host), await ConsumerAsync(host, group: "mail"));
        var gone = await ConsumerAsync(host, group: "gone");
        var first = await PublishAsync(host, Queued);
        await one.SettleAsync(await one.ClaimOneAsync(), Outcome.Done);
        var second = await PublishAsync(host, Queued);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        (await one.ClaimAsync()).Should().BeEmpty();
        await other.SettleAsync(await other.ClaimOneAsync(), Outcome.Dead);
        (await one.ClaimAsync()).Should().BeEmpty("group gone still has {0}", first.Id);

        await gone.LeaveAsync();
        (await host.Services.GetRequiredService<IGroupStore>().RemoveAsync("gone")).Should().Be(RemoveGroupOutcome.Removed);

        (await one.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
        (await other.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ABulkOperation_FreesNames_AndTakesThemAgain(bool cancels)
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        var first = await PublishAsync(host, Queued);
        await consumer.SettleAsync(
            new Settlement(await consumer.ClaimOneAsync(), cancels ? Outcome.Retry : Outcome.Dead) { Delay = TimeSpan.FromHours(1) });
        if (cancels)
        {
            var second = await PublishAsync(host, Queued);
            await host.Events.CancelAsync(new EventQuery { IdPrefix = first.Id });
            await OperateAsync(host, consumer);
            (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
        }
        else
        {
            (await KeyAsync(host)).Should().BeNull();
            await host.Events.RedriveAsync(new EventQuery());
            await OperateAsync(host, consumer);
            (await KeyAsync(host)).Should().Be(first.Id);
            (await PublishAsync(host, Name)).Should().Be(new PublishResult(first.Id, PublishOutcome.Kept));
        }
    }

    [Fact]
    public async Task AParkedHolderThatNobodyHandles_FreesTheNameWhenItBecomesADeadLetter()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, configure: static options => options.UnhandledTimeout = TimeSpan.FromHours(1), time: clock);
        var consumer = await ConsumerAsync(host, clock);
        var first = await PublishAsync(host, Queued);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Skip);
        var second = await PublishAsync(host, Queued);
        (second.Outcome, await StatusAsync(host, second.Id)).Should().Be((PublishOutcome.Accepted, DeliveryStatus.Delayed));

        await consumer.LeaveAsync();
        await consumer.LookAfterUnhandledAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await consumer.LookAfterUnhandledAsync();

        (await StatusAsync(host, first.Id)).Should().Be(DeliveryStatus.Dead);
        (await KeyAsync(host)).Should().Be(second.Id);
        (await StatusAsync(host, second.Id)).Should().Be(DeliveryStatus.Ready);
    }

    // Its key waits behind the dead letter, and the name is held by an event that waits for the key: neither may wait for the other.
    [Fact]
    public async Task ADeadLetterThatHoldsItsKey_IsRedriven_ThoughAnotherEventHoldsTheName()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Groups[options.Group] = new GroupOptions
        {
            ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold,
        });
        var consumer = await ConsumerAsync(host);
        var options = new PublishOptions { Key = "a", Unique = Name };
        var first = await host.Bus.PublishAsync(new OrderPlaced(1), options);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Dead);
        var second = await host.Bus.PublishAsync(new OrderPlaced(2), options);
        second.Outcome.Should().Be(PublishOutcome.Accepted);
        (await consumer.ClaimAsync()).Should().BeEmpty();

        await host.Events.RedriveAsync(first.Id);
        var lease = await consumer.ClaimOneAsync();
        lease.Delivery.Id.Should().Be(first.Id);
        await consumer.SettleAsync(lease, Outcome.Done);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(second.Id);
    }

    [Fact]
    public async Task AHandlerMayPublishTheNextEventWithItsOwnName()
    {
        var handled = new System.Collections.Concurrent.ConcurrentQueue<int>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue(context.Event.Number);
            if (context.Event.Number < 5)
            {
                context.Publish(new OrderPlaced(context.Event.Number + 1), new() { Unique = Name });
            }

            return default;
        })).Start();

        await PublishAsync(host, Name);
        await Wait.UntilAsync(() => handled.Count == 5, "each has published the next");

        handled.Should().Equal(1, 2, 3, 4, 5);
    }

    private static async Task OperateAsync(TestHost host, ManualConsumer consumer) => await Wait.UntilAsync(
        async () =>
        {
            await consumer.AdvanceOperationAsync();
            return (await host.Operations.ListAsync()).All(static one => one.Status == BulkOperationStatus.Completed);
        },
        "the operation has ended");

    private static PublishRequest Request(TestHost host, Unique unique, string lane = "lane")
    {
        var events = host.Services.GetRequiredService<OutgoingEvents>();
        var request = new PublishUniqueRequest
        {
            Partition = host.Keyspace.Partitions[0], DeduplicationMs = 60000, Lane = lane, Sequence = 1,
        };
        request.Events.Add(events.Create(new OrderPlaced(1), new PublishOptions { Unique = unique }));
        return request;
    }

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, TimeProvider? time = null, string? group = null)
    {
        var consumer = new ManualConsumer(host, group, time: time);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private static ValueTask<PublishResult> PublishAsync(TestHost host, Unique unique) =>
        host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Unique = unique });

    private static async Task<DeliveryStatus> StatusAsync(TestHost host, string id) =>
        (await host.Events.FindAsync(id))!.Deliveries.Single().Status;

    private Task DeleteAsync(TestHost host, string id) =>
        redis.Database.KeyDeleteAsync(host.Keyspace.Partitions[0].Keys.Event(id));

    private static RedisKey Key(TestHost host) => $"{host.Keyspace.Partitions[0].Keys.Root}:unique:deploy";

    private async Task<string?> KeyAsync(TestHost host) => await redis.Database.StringGetAsync(Key(host));
}
