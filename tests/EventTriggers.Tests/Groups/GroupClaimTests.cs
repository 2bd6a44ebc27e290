using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Groups;

public sealed class GroupClaimTests(RedisFixture redis)
{
    // Where every group has more than a call can take, none of them starves.
    [Fact]
    public async Task AClaimForManyGroups_TakesNoMoreThanOneScriptCanLease_AndTheGroupsTakeTurns()
    {
        await using var host = TestHost.Create(redis);
        var (keyspace, partition) = (host.Keyspace, host.Keyspace.Partitions[0]);
        string[] names = ["one", "two", "three"];
        await keyspace.EnsureReadyAsync();
        await new SubscribeDuty(
            keyspace, partition, [.. names.Select(static name => new GroupType(name, "order.placed"))], NullLogger.Instance).RunOnceAsync();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 1000).Select(static n => new OrderPlaced(n))]);
        DeliveryQueue[] queues = [.. names.Select(static name => new DeliveryQueue(name, concurrency: 200))];
        using var claimer = new Claimer(keyspace, partition, queues, TimeProvider.System, NullLogger.Instance);

        var taken = new Dictionary<string, int>();
        for (var call = 1; call <= 3; call++)
        {
            var reply = await claimer.RunOnceAsync(consumer: null);
            reply.Groups.Sum(static group => group.Taken).Should().Be(400);
            foreach (var queue in queues)
            {
                while (queue.TryTake(out var lease))
                {
                    lease.Delivery.Group.Should().Be(queue.Group);
                    taken[queue.Group] = taken.GetValueOrDefault(queue.Group) + 1;
                    queue.Finish();
                }
            }
        }

        taken.Should().HaveCount(3).And.OnlyContain(static group => group.Value == 400);
    }

    // Others were given its share meanwhile.
    [Fact]
    [Trait("Fault", "184")]
    public async Task AProcessThatWasSuspended_ClaimsNothing_UntilItIsToldItsShareAgain()
    {
        await using var host = TestHost.Create(redis);
        var (clock, lasts) = (Clock.At2030(), TimeSpan.FromSeconds(15));
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 9).Select(static n => new OrderPlaced(n))]);
        var queue = new DeliveryQueue(host.Keyspace.Options.Group, concurrency: 4);
        var control = new ConcurrencyControl(queue, partitions: 1, lasts, clock, NullLogger.Instance);
        using var claimer = new Claimer(
            host.Keyspace, host.Keyspace.Partitions[0], [queue], TimeProvider.System, NullLogger.Instance)
        {
            Controls = [control],
        };

        Tell();
        clock.Advance(lasts);
        (await TakenAsync()).Should().Be(2);
        queue.ReturnWorkers(2);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (await TakenAsync()).Should().Be(0);
        Tell();
        (await TakenAsync()).Should().Be(2);

        void Tell() => control.Note(0, clock.GetTimestamp(), "2 1795456123456 ada", share: 2);

        async Task<int> TakenAsync() => (await claimer.RunOnceAsync(consumer: null)).Groups[0].Taken;
    }
}
