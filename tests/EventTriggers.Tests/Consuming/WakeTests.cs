using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>Who is woken. Nothing polls here: what nobody is woken for fails the test.</summary>
public sealed class WakeTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "61")]
    public async Task AnEvent_WakesOneWaitingConsumer()
    {
        await using var hosts = await StartAsync(8, static (_, _) => ValueTask.CompletedTask);
        var before = await WaitingAsync(hosts);

        await hosts[0].Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await hosts[0].Events.CountAsync()).Processed == 1, "it is handled");

        // Who was woken says again that it waits.
        await Wait.UntilAsync(async () => (await WaitingAsync(hosts)).Count == before.Count, "it waits again");
        (await WaitingAsync(hosts)).Except(before).Should().ContainSingle("nobody else has asked Redis for anything");
    }

    [Fact]
    public async Task MoreThanOneCanTake_WakesTheOthersOneAfterAnother()
    {
        var (running, release) = (new CountdownEvent(12), new TaskCompletionSource());
        await using var hosts = await StartAsync(3, async (_, _) =>
        {
            running.Signal();
            await release.Task;
        }, options => options.Concurrency = 4);

        await hosts[0].Bus.PublishManyAsync(Enumerable.Range(0, 12).Select(static n => new OrderPlaced(n)).ToArray());

        await Wait.UntilAsync(() => running.IsSet, "all twelve run at once: four in each process");
        release.SetResult();
    }

    [Fact]
    public async Task AConsumerThatIsFull_PassesTheRingOn()
    {
        var (handled, release) = (new ConcurrentBag<int>(), new TaskCompletionSource());
        await using var hosts = await StartAsync(2, async (context, _) =>
        {
            handled.Add(context.Event.Number);
            await (context.Event.Number == 1 ? release.Task : Task.CompletedTask);
        }, static options => options.Concurrency = 1);
        await hosts[0].Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => handled.Contains(1), "one of the two is full");

        for (var number = 2; number <= 10; number++)
        {
            await hosts[0].Bus.PublishAsync(new OrderPlaced(number));
            await Wait.UntilAsync(() => handled.Contains(number), "the other one is woken");
        }

        release.SetResult();
    }

    [Fact]
    public async Task AConsumerThatIsGone_IsPassedOver()
    {
        var handled = new ConcurrentBag<int>();
        await using var hosts = await StartAsync(1, Into(handled));
        await redis.Database.SortedSetAddAsync(Waiting(hosts), [new("gone-1", 9e15), new("gone-2", 9e15)]);

        await hosts[0].Bus.PublishAsync(new OrderPlaced(1));

        await Wait.UntilAsync(() => !handled.IsEmpty, "the ring reaches somebody who hears it");
    }

    // A deploy takes one of two away.
    [Fact]
    [Trait("Fault", "15")]
    public async Task AConsumerThatStops_IsWokenNoMore()
    {
        var handled = new ConcurrentBag<int>();
        await using var hosts = await StartAsync(2, Into(handled));

        await hosts[1].StopAsync();

        (await redis.Database.SortedSetLengthAsync(Waiting(hosts))).Should().Be(1);
        await hosts[0].Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(() => !handled.IsEmpty, "the other one is woken");
    }

    // A ring that reaches a consumer which has just stopped claiming is not lost: it looks once more, and wakes another.
    [Fact]
    public async Task Leave_WhenRungAlready_WakesAnother()
    {
        var handled = new ConcurrentBag<int>();
        await using var hosts = await StartAsync(1, Into(handled));
        var (keyspace, partition) = (hosts[0].Keyspace, hosts[0].Keyspace.Partitions[0]);
        await redis.Database.ListLeftPushAsync(partition.Keys.Of("default").Ready, await UnrungAsync(hosts[0]));
        var group = new DeliveryQueue("default", concurrency: 1);

        await new Claimer(keyspace, partition, [group], TimeProvider.System, NullLogger.Instance).LeaveAsync("left");

        await Wait.UntilAsync(() => !handled.IsEmpty, "who is left is woken");
    }

    [Fact]
    public async Task WhoHasNoRoom_IsWokenAfterThoseThatHave()
    {
        await using var host = TestHost.Create(redis);
        await host.Keyspace.EnsureReadyAsync();
        var partition = host.Keyspace.Partitions[0];
        foreach (var (consumer, room) in ((string, int)[])[("free", 1), ("full", 0)])
        {
            var group = new DeliveryQueue("default", room);
            await new Claimer(host.Keyspace, partition, [group], TimeProvider.System, NullLogger.Instance).RunOnceAsync(consumer);
        }

        (await redis.Database.SortedSetRangeByRankAsync(partition.Keys.Of("default").Waiting, order: Order.Descending)).Should()
            .Equal("free", "full");
    }

    [Fact]
    public async Task AnEarlierTrigger_WakesOneConsumer()
    {
        await using var hosts = await StartAsync(4, static (_, _) => ValueTask.CompletedTask);
        var before = await WaitingAsync(hosts);

        await hosts[0].Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new OrderPlaced(1)));

        await Wait.UntilAsync(async () => (await WaitingAsync(hosts)).Except(before).Any(), "somebody learns of it");
        (await WaitingAsync(hosts)).Select(static entry => entry.Element).Except(before.Select(static entry => entry.Element)).Should()
            .BeEmpty();
    }

    [Fact]
    public async Task Sweep_ForgetsConsumersThatAreGone()
    {
        await using var host = TestHost.Create(redis);
        var waiting = host.Keyspace.Partitions[0].Keys.Of("default").Waiting;
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await redis.Database.SortedSetAddAsync(waiting, [new("gone", now - 3_700_000), new("here", now)]);

        await new ManualConsumer(host).SweepAsync();

        (await redis.Database.SortedSetRangeByRankAsync(waiting)).Should().Equal("here");
    }

    private static Func<EventContext<OrderPlaced>, CancellationToken, ValueTask> Into(ConcurrentBag<int> handled) => (context, _) =>
    {
        handled.Add(context.Event.Number);
        return ValueTask.CompletedTask;
    };

    private static RedisKey Waiting(HostList hosts) => $"{{{hosts[0].Prefix}:0}}:waiting:default";

    // Puts an event where its group finds it, without a ring.
    private async Task<RedisValue> UnrungAsync(TestHost host)
    {
        await redis.Database.HashSetAsync(
            $"{{{host.Prefix}:0}}:event:silent", [
                new("type", "order.placed"), new("data", """{"number":1}"""), new("at", "1"), new("status:default", "ready"),
            ]);
        return "silent";
    }

    // As the library reads: again, where the server drops the connection. Garnet does now and then, when a set changes while it is read.
    private static async Task<IReadOnlyList<SortedSetEntry>> WaitingAsync(HostList hosts) =>
        await hosts[0].Keyspace.Operations.ReadAsync(
            "see who waits", hosts[0].Keyspace.Partitions[0], database => database.SortedSetRangeByRankWithScoresAsync(Waiting(hosts)));

    private async Task<HostList> StartAsync(
        int count, Func<EventContext<OrderPlaced>, CancellationToken, ValueTask> handle, Action<RedisTriggersOptions>? configure = null)
    {
        var hosts = new HostList();
        var prefix = RedisFixture.NewPrefix();
        for (var i = 0; i < count; i++)
        {
            hosts.Add(TestHost.Create(redis, build => build.AddHandler(handle), configure, prefix: prefix).Start());
        }

        await Wait.UntilAsync(async () => (await WaitingAsync(hosts)).Count == count, "all wait");

        // Each asks once more when it has begun to listen.
        await Task.Delay(100);
        return hosts;
    }

    private sealed class HostList : List<TestHost>, IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var host in this)
            {
                await host.DisposeAsync();
            }
        }
    }
}
