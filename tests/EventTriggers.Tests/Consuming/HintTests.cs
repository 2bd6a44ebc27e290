using System.Diagnostics;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Anybody may send a message on the wake channels: a hint is never believed, and however many come they make a bounded number of calls.
/// </summary>
public sealed class HintTests(RedisFixture redis)
{
    private const int Flood = 20_000;
    private const int Drip = 5000;

    [Fact]
    [Trait("Fault", "114")]
    public async Task AMessageThatAnEventIsCanceled_ByAnybody_EndsNothing()
    {
        var (started, finish, cancelled) = (new CountdownEvent(2), new TaskCompletionSource(), new bool[2]);
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            started.Signal();
            await Task.WhenAny(finish.Task, Task.Delay(Timeout.Infinite, token));
            cancelled[context.Event.Number] = token.IsCancellationRequested;
            token.ThrowIfCancellationRequested();
        })).Start();
        var (left, real) = ((await host.Bus.PublishAsync(new OrderPlaced(0))).Id, (await host.Bus.PublishAsync(new OrderPlaced(1))).Id);
        await Wait.UntilAsync(() => started.IsSet, "both run");

        await SayAsync(host, $"!{left}");
        await host.Events.CancelAsync(real);
        await Wait.UntilAsync(
            async () => await StatusAsync(host, real) == DeliveryStatus.Canceled,
            "what was cancelled has ended; the message before was heard");
        finish.SetResult();
        await Wait.UntilAsync(async () => await StatusAsync(host, left) == DeliveryStatus.Processed, "what was not goes on to its end");

        cancelled.Should().Equal(false, true);
    }

    [Fact]
    public async Task Settle_OfACancellationThatNobodyAskedFor_GivesTheDeliveryBack()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Cancel);

        (await StatusAsync(host, id)).Should().Be(DeliveryStatus.Ready);
        var again = await consumer.ClaimOneAsync();
        (again.Delivery.Id, again.Delivery.Attempt).Should().Be((id, 1));
    }

    [Fact]
    public async Task AFloodOfRings_MakesABoundedNumberOfClaims_AndEventsAreHandled()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default), connection: connection)
            .Start();
        await host.AsleepAsync(new OrderPlaced(1));
        var partition = host.Keyspace.Partitions[0];
        var consumer = (await redis.Database.SortedSetRangeByRankAsync(partition.Keys.Of("default").Waiting)).Should()
            .ContainSingle().Subject;

        var (calls, time) = await DuringAsync(connection, async () =>
        {
            await FloodAsync(partition.ChannelOf(consumer.ToString()), "default");
            await host.Bus.PublishAsync(new OrderPlaced(2));
            await DripAsync(partition.ChannelOf(consumer.ToString()), "default");
        });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "the event amid the flood is handled");

        // A burst, so many a second, and what publishing takes.
        calls.Should().BeLessThan((long)(150 + (150 * time.TotalSeconds)));
    }

    [Fact]
    public async Task AFloodOfCancellations_MakesABoundedNumberOfCalls()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) =>
            {
                started.SetResult();
                await finish.Task.WaitAsync(token);
            }),
            connection: connection).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.ForAsync(started.Task);

        var (calls, time) = await DuringAsync(connection, () => FloodAsync(host.Keyspace.Partitions[0].Channel, $"!{id}"));
        finish.SetResult();
        await Wait.UntilAsync(async () => await StatusAsync(host, id) == DeliveryStatus.Processed, "it goes on to its end");

        calls.Should().BeLessThan((long)(50 + (150 * time.TotalSeconds)));
    }

    // The bound on wake messages by itself.
    [Fact]
    public void WakeMessages_ThatBringWork_NeverWait_AndThoseInVainDoAfterABurst()
    {
        var clock = Clock.At2030();
        var wakes = new WakeBudget(clock);
        for (var i = 0; i < 1000; i++)
        {
            wakes.Note().Should().BeTrue();
            wakes.NoteRound(wakes.Answer(), hasFound: true);
        }

        var vain = 0;
        for (; wakes.Note() && vain < 1000; vain++)
        {
            wakes.NoteRound(wakes.Answer(), hasFound: false);
        }

        vain.Should().Be(100);
        wakes.MustBeAnsweredSoon.Should().BeTrue();
        clock.Advance(TimeSpan.FromSeconds(1));
        wakes.NoteRound(wakes.Answer(), hasFound: false);
        wakes.Note().Should().BeTrue("a second later there are tokens again");
    }

    private static async Task<(long Calls, TimeSpan Time)> DuringAsync(ConnectionMultiplexer connection, Func<Task> action)
    {
        var (before, started) = (connection.OperationCount, Stopwatch.GetTimestamp());
        await action();
        return (connection.OperationCount - before, Stopwatch.GetElapsedTime(started));
    }

    private static async Task<DeliveryStatus> StatusAsync(TestHost host, string id) =>
        (await host.Events.FindAsync(id))!.Deliveries[0].Status;

    private Task SayAsync(TestHost host, string message) =>
        redis.Connection.GetSubscriber().PublishAsync(RedisChannel.Literal(host.Keyspace.Partitions[0].Channel), message);

    // One after another: a loop that answered each of them would have the time to. Those of a flood come so close together that one answer
    // is for many.
    private async Task DripAsync(string channel, string message)
    {
        var subscriber = redis.Connection.GetSubscriber();
        for (var sent = 0; sent < Drip; sent++)
        {
            await subscriber.PublishAsync(RedisChannel.Literal(channel), message);
        }
    }

    private async Task FloodAsync(string channel, string message)
    {
        var subscriber = redis.Connection.GetSubscriber();
        for (var sent = 0; sent < Flood; sent += 1000)
        {
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => subscriber.PublishAsync(RedisChannel.Literal(channel), message)));
        }
    }
}
