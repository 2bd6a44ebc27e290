using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>Outcomes that are recorded together: each ends where it must, and only those that are refused are reported.</summary>
public sealed class SettlerTests(RedisFixture redis)
{
    private const string Refused = "23";
    private const string Recorded = "31";
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task ABatchOfAllOutcomes_EndsEachWhereItMust_AndReportsOnlyTheRefused()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (consumer, other) = (new ManualConsumer(host, time: clock), new ManualConsumer(host, time: clock));
        await consumer.SubscribeAsync("order.placed", "order.reminder");
        var late = await ClaimAsync(host, consumer, "late-plain", "late-next", "late-retry");
        clock.Advance(host.Keyspace.Options.LeaseDuration);
        await consumer.ReapAsync();
        (await other.ClaimAllAsync()).Should().HaveCount(3);
        var held = await ClaimAsync(
            host, consumer, "lead", "plain-1", "plain-2", "gone", "next", "retry", "dead", "release", "cancel", "skip");
        await redis.Database.KeyDeleteAsync(host.Keyspace.Partitions[0].Keys.Event("gone"));
        await host.Events.CancelAsync("cancel");

        await SettleTogetherAsync(
            host, held["lead"],
            Done(held["plain-1"]), Done(late["late-plain"]), Failed(held["retry"], Outcome.Retry), Done(held["gone"]),
            Done(late["late-next"], "late-next/next"), Done(held["next"], "next/next"), Failed(held["dead"], Outcome.Dead),
            Done(held["plain-2"]), Failed(late["late-retry"], Outcome.Retry), OutcomePolicy.Release(held["release"]),
            new Settlement(held["cancel"], Outcome.Cancel), new Settlement(held["skip"], Outcome.Skip));

        (await StatusesAsync(host, [.. held.Keys, .. late.Keys, "next/next", "late-next/next"])).Should().BeEquivalentTo(
            new Dictionary<string, DeliveryStatus?>
            {
                ["lead"] = DeliveryStatus.Delayed,
                ["plain-1"] = DeliveryStatus.Processed,
                ["plain-2"] = DeliveryStatus.Processed,
                ["gone"] = null,
                ["next"] = DeliveryStatus.Processed,
                ["retry"] = DeliveryStatus.Delayed,
                ["dead"] = DeliveryStatus.Dead,
                ["release"] = DeliveryStatus.Ready,
                ["cancel"] = DeliveryStatus.Canceled,
                ["skip"] = DeliveryStatus.Ready,
                ["late-plain"] = DeliveryStatus.Leased,
                ["late-next"] = DeliveryStatus.Leased,
                ["late-retry"] = DeliveryStatus.Leased,
                ["next/next"] = DeliveryStatus.Ready,
                ["late-next/next"] = null,
            });
        var counts = await host.Events.CountAsync();
        (counts.Processed, counts.Delayed, counts.Dead, counts.Leased, counts.Ready).Should()
            .Be((3, 2, 1, 3, 3), "the indexes say the same");
        ShouldBeReported(host, [.. held.Values, .. late.Values], "late-plain", "gone", "late-next", "late-retry");
        consumer.Held.Should().BeEmpty("what is recorded or refused is held no longer");
        (await consumer.ClaimAllAsync()).Select(static lease => (lease.Delivery.Id, lease.Delivery.Attempt)).Should().BeEquivalentTo(
            [("release", 1), ("skip", 1), ("next/next", 1)]);
    }

    // Plain successes are forgotten by a script of their own, see RetentionTests.
    [Theory]
    [InlineData(DeliveryStatus.Processed)]
    [InlineData(DeliveryStatus.Canceled)]
    public async Task OutcomesBeyondTheLimit_ForgetTheOldest(DeliveryStatus status)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 2, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        string[] ids = ["a", "b", "c", "d"];
        foreach (var id in ids)
        {
            var held = await ClaimAsync(host, consumer, id);
            if (status == DeliveryStatus.Canceled)
            {
                await host.Events.CancelAsync(id);
            }

            var settler = NewSettler(host);
            settler.Add(status == DeliveryStatus.Canceled ? new Settlement(held[id], Outcome.Cancel) : Done(held[id], $"{id}/next"));
            await settler.DisposeAsync();
            clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        (await StatusesAsync(host, ids)).Should().BeEquivalentTo(
            new Dictionary<string, DeliveryStatus?> { ["a"] = null, ["b"] = null, ["c"] = status, ["d"] = status });
    }

    // All leases are held, so that one command proves it of all: what became of a hash meanwhile is found when it is written.
    [Fact]
    public async Task PlainSuccesses_OfWhichOneIsGoneAndOneIsForeign_AreRecordedWithoutThem()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var held = await ClaimAsync(host, consumer, "lead", "a", "gone", "foreign", "b");
        var (gone, foreign) = (host.Keyspace.Partitions[0].Keys.Event("gone"), host.Keyspace.Partitions[0].Keys.Event("foreign"));
        await redis.Database.KeyDeleteAsync([gone, foreign]);
        await redis.Database.StringSetAsync(foreign, "of something else");

        await SettleTogetherAsync(
            host, held["lead"], Done(held["a"]), Done(held["gone"]), Done(held["foreign"]), Done(held["b"]));

        (await StatusesAsync(host, "a", "b")).Values.Should().AllBeEquivalentTo(DeliveryStatus.Processed);
        (await redis.Database.KeyExistsAsync(gone)).Should().BeFalse("nothing is left of it");
        (await redis.Database.StringGetAsync(foreign)).Should().Be("of something else");
        var counts = await host.Events.CountAsync();
        (counts.Processed, counts.Leased).Should().Be((2, 0));
        ShouldBeReported(host, [.. held.Values], "gone", "foreign");
    }

    // The first of a batch has lost its lease: the others are looked at one by one.
    [Fact]
    public async Task PlainSuccesses_OfWhichOneIsLate_AreRecordedWithoutIt()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var late = await ClaimAsync(host, consumer, "late");
        clock.Advance(host.Keyspace.Options.LeaseDuration);
        await consumer.ReapAsync();
        var held = await ClaimAsync(host, new ManualConsumer(host, time: clock), "lead", "a", "b");

        await SettleTogetherAsync(host, held["lead"], Done(late["late"]), Done(held["a"]), Done(held["b"]));

        (await StatusesAsync(host, "a", "b")).Values.Should().AllBeEquivalentTo(DeliveryStatus.Processed);
        (await StatusesAsync(host, "late"))["late"].Should().Be(DeliveryStatus.Leased, "the other consumer has it");
        ShouldBeReported(host, [held["lead"], held["a"], held["b"], late["late"]], "late");
    }

    // The reply was lost: what the first call recorded is neither refused nor recorded again.
    [Fact]
    [Trait("Fault", "24")]
    public async Task APlainSuccess_WhoseReplyWasLost_IsRecordedOnceAndNotRefused()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var held = await ClaimAsync(host, consumer, "a", "b");
        var request = new SettlePlainRequest(host.Keyspace.Partitions[0], "default") { ProcessedRetention = host.Keyspace.EndedRetention };
        request.Settlements.AddRange([Done(held["a"]), Done(held["b"])]);

        var first = await host.Keyspace.Scripts.RunAsync(request);
        var second = await host.Keyspace.Scripts.RunAsync(request);

        (first.Count, second.Count).Should().Be((0, 0));
        (await host.Events.CountAsync()).Processed.Should().Be(2);
    }

    // As above; a second release would give back an attempt that was not spent.
    [Fact]
    [Trait("Fault", "24")]
    public async Task ARelease_WhoseReplyWasLost_GivesItsAttemptBackOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var lease = (await ClaimAsync(host, consumer, "a"))["a"];

        await consumer.SettleAsync(lease, Outcome.Release);
        await consumer.SettleAsync(lease, Outcome.Release);

        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(1);
        lease.Interruption.Should().Be(Interruption.None, "it was not refused");
    }

    // Its fence is the newest, but nobody holds the delivery.
    [Fact]
    [Trait("Fault", "24")]
    public async Task AnOutcome_ThatIsRepeatedAfterARedrive_ChangesNothing()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var lease = (await ClaimAsync(host, consumer, "a"))["a"];
        await consumer.SettleAsync(lease, Outcome.Dead);
        await host.Events.RedriveAsync("a");

        await consumer.SettleAsync(lease, Outcome.Dead);
        var afterDead = await host.Events.CountAsync();
        await consumer.SettleAsync(lease, Outcome.Done);
        var afterDone = await host.Events.CountAsync();

        (afterDead.Ready, afterDead.Dead, afterDone.Ready, afterDone.Processed).Should().Be((1, 0, 1, 0));
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be("a");
    }

    [Fact]
    public async Task ARelease_PutsTheDeliveryBeforeThoseThatCameLater()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host, concurrency: 1);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "first" });
        await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions { Id = "second" });

        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Release);

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be("first");
    }

    [Fact]
    public async Task ARetry_OfADeliveryWhoseCancellationWasAskedFor_CancelsIt()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var lease = (await ClaimAsync(host, consumer, "a"))["a"];
        await host.Events.CancelAsync("a");

        await consumer.SettleAsync(Failed(lease, Outcome.Retry));

        (await StatusesAsync(host, "a"))["a"].Should().Be(DeliveryStatus.Canceled);
    }

    // Somebody has canceled one of them while its handler failed; and nobody the other one, whose handler was told so by a forged message.
    [Fact]
    public async Task WhatIsReported_IsWhatWasRecorded()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var held = await ClaimAsync(host, consumer, "canceled", "forged", "done");
        await host.Events.CancelAsync("canceled");

        await consumer.SettleAsync(
            Failed(held["canceled"], Outcome.Retry), new Settlement(held["forged"], Outcome.Cancel), Done(held["done"]));

        host.Log.TextsOf(Recorded).Select(static text => text.TrimEnd().Split(' ')).Select(static words => $"{words[4]} {words[^1]}")
            .Should().BeEquivalentTo("canceled Cancel.", "forged Release.", "done Done.");
        (await StatusesAsync(host, "canceled", "forged", "done")).Values.Should()
            .Equal(DeliveryStatus.Canceled, DeliveryStatus.Ready, DeliveryStatus.Processed);
        held.Values.Should().OnlyContain(static lease => lease.Interruption == Interruption.None || lease.Delivery.Id == "canceled");
    }

    // After the drain nobody waits for the server any more: the deliveries come back when their leases are over.
    [Fact]
    public async Task GiveUp_WhereNothingAnswers_EndsTheRetries()
    {
        var nowhere = ConfigurationOptions.Parse("127.0.0.1:1,abortConnect=false,connectTimeout=100,connectRetry=0");
        nowhere.BacklogPolicy = BacklogPolicy.FailFast;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(nowhere);
        await using var host = TestHost.Create(redis, connection: connection);
        var (partition, queue) = (host.Keyspace.Partitions[0], new DeliveryQueue("default", concurrency: 1));
        var lease = new Lease(new Delivery { Group = "default", Id = "e1", Fence = 1, Attempt = 1 }, partition, queue, renewed: 0);
        queue.Accept(lease);
        var settler = new Settler(host.Keyspace, partition, "default", host.Services.GetRequiredService<ILogger<SettlerTests>>());

        settler.Add(Done(lease));
        settler.GiveUp();
        await Wait.ForAsync(settler.DisposeAsync().AsTask());

        host.Log.TextsOf("14").Should().ContainSingle();
        queue.Held.Should().BeEmpty();
    }

    private static Settlement Done(Lease lease, string? next = null) => new(lease, Outcome.Done)
    {
        FollowUps = next is null ? [] : [new OutgoingEvent(next, "order.reminder", "{}"u8.ToArray(), Options: null)],
    };

    private static Settlement Failed(Lease lease, Outcome outcome) =>
        new(lease, outcome) { Delay = Hour, Failure = new InvalidOperationException("on purpose") };

    private static async Task<Dictionary<string, Lease>> ClaimAsync(TestHost host, ManualConsumer consumer, params string[] ids)
    {
        foreach (var id in ids)
        {
            await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = id });
        }

        return (await consumer.ClaimAllAsync()).ToDictionary(static lease => lease.Delivery.Id);
    }

    private static Settler NewSettler(TestHost host) => new(
        host.Keyspace, host.Keyspace.Partitions[0], "default", host.Services.GetRequiredService<ILogger<SettlerTests>>());

    // While the first outcome is written into its call, the others come: no matter how quick the server is, they share the next call.
    private static async Task SettleTogetherAsync(TestHost host, Lease lead, params Settlement[] batch)
    {
        var settler = NewSettler(host);
        var meanwhile = new Meanwhile(() => Array.ForEach(batch, settler.Add));
        settler.Add(new Settlement(lead, Outcome.Retry) { Delay = Hour, Failure = meanwhile });
        await Wait.ForAsync(meanwhile.Happened);
        await settler.DisposeAsync();
    }

    private static async Task<Dictionary<string, DeliveryStatus?>> StatusesAsync(TestHost host, params string[] ids)
    {
        var found = await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()));
        return ids.Zip(found).ToDictionary(
            static one => one.First, static one => one.Second?.Deliveries.Single(static delivery => delivery.Group == "default").Status);
    }

    private static void ShouldBeReported(TestHost host, IReadOnlyCollection<Lease> all, params string[] refused)
    {
        all.Where(static lease => lease.Interruption == Interruption.LeaseLost).Select(static lease => lease.Delivery.Id)
            .Should().BeEquivalentTo(refused);
        host.Log.TextsOf(Recorded).Should().HaveCount(all.Count - refused.Length, "each of the others is recorded, once");
        host.Log.TextsOf(Refused).Should().HaveCount(refused.Length);
        foreach (var id in refused)
        {
            host.Log.TextsOf(Refused).Should().ContainSingle(text => text.Contains($" {id} ", StringComparison.Ordinal));
        }
    }

    /// <summary>A failure that does something, once, when it is described.</summary>
    private sealed class Meanwhile(Action act) : Exception
    {
        private readonly TaskCompletionSource _happened = new();
        private int _begun;

        public Task Happened => _happened.Task;

        public override string Message
        {
            get
            {
                if (Interlocked.Exchange(ref _begun, 1) == 0)
                {
                    act();
                    _happened.SetResult();
                }

                return "on purpose";
            }
        }
    }
}
