using System.Collections.Concurrent;
using EventTriggers.Consuming;
using Microsoft.Extensions.Options;
using static EventTriggers.Tests.Groups.KeyOrderScene;

namespace EventTriggers.Tests.Groups;

/// <summary>Groups that order by key: in which order they handle, and what a dead letter does to its key.</summary>
public sealed class KeyTests(RedisFixture redis)
{
    [Fact]
    public async Task InOrder_HandlesTheEventsOfAKeyOneAfterAnother_InAllHosts()
    {
        var (runs, running, overlaps) = (new ConcurrentQueue<OrderPlaced>(), new ConcurrentDictionary<string, int>(), 0);
        async ValueTask HandleAsync(EventContext<OrderPlaced> context)
        {
            overlaps += running.AddOrUpdate(context.Key!, 1, static (_, count) => count + 1) - 1;
            runs.Enqueue(context.Event);
            await Task.Yield();
            running.AddOrUpdate(context.Key!, 0, static (_, count) => count - 1);
        }

        await using var first = Host(redis, 1, (context, _) => HandleAsync(context));
        await using var second = Host(redis, 1, (context, _) => HandleAsync(context), prefix: first.Prefix);
        await first.Bus.PublishManyAsync(
            [.. Enumerable.Range(0, 300).Select(static n => EventToPublish.Of(new OrderPlaced(n), new PublishOptions { Key = KeyOf(n) }))]);

        first.Start();
        second.Start();
        await HandledAsync(first, 300);

        overlaps.Should().Be(0);
        foreach (var ofKey in runs.GroupBy(static order => KeyOf(order.Number)))
        {
            ofKey.Should().BeInAscendingOrder(static order => order.Number).And.HaveCount(30);
        }
    }

    // More than one call takes: they do not overtake one another.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EventsThatArePublishedTogether_AreAcceptedInTheirOrder(bool areMixed)
    {
        await using var host = Host(redis, 1);
        await ConsumerAsync(host);
        var orders = Enumerable.Range(0, 3000).Select(static n => new OrderPlaced(n)).ToArray();
        var results = areMixed
            ? await host.Bus.PublishManyAsync([.. orders.Select(static one => EventToPublish.Of(one, KeyA))])
            : await host.Bus.PublishManyAsync(orders, KeyA);

        var ready = await redis.Database.ListRangeAsync($"{Root(host)}:ready:default");

        ready.Reverse().Select(static id => id.ToString()).Should().Equal(results.Ids());
    }

    [Fact]
    public async Task PerKey_HandlesSoManyAtATime_AndNoMore()
    {
        var (running, most, gate) = (0, 0, new TaskCompletionSource());
        await using var host = Host(redis, 2, async (_, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await gate.Task;
            Interlocked.Decrement(ref running);
        });
        await PublishAsync(host, 10);
        host.Start();
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 2, "two run");
        await host.Bus.PublishAsync(new OrderPlaced(-1));
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, "the one without a key runs as well");

        gate.SetResult();
        await HandledAsync(host, 11);

        most.Should().Be(3, "two of the key, and the one without a key");
    }

    // Order comes before throughput.
    [Fact]
    public async Task ARetry_KeepsTheTurnOfItsDelivery_AndOtherKeysGoOn()
    {
        var runs = new ConcurrentQueue<int>();
        await using var host = Host(redis, 1, (context, _) =>
        {
            runs.Enqueue(context.Event.Number);
            return context is { Event.Number: 0, Attempt: < 3 } ? throw new InvalidOperationException("Not yet.") : default;
        });
        await PublishAsync(host, 3);
        await host.Bus.PublishAsync(new OrderPlaced(100), new PublishOptions { Key = "b" });
        host.Start();

        await HandledAsync(host, 4);

        runs.Where(static number => number < 100).Should().Equal(0, 0, 0, 1, 2);
    }

    [Fact]
    public async Task ADeadLetter_IsPassedBy()
    {
        await using var host = Host(redis, 1, static (context, _) => Fails(context));
        await PublishAsync(host, 3);
        host.Start();

        await HandledAsync(host, 2);

        (await host.Events.CountAsync()).Dead.Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AHeldDeadLetter_KeepsItsKeyWaiting_UntilItIsRedrivenOrDiscarded(bool redrive)
    {
        var (runs, isMended) = (new ConcurrentQueue<int>(), false);
        await using var host = Host(
            redis,
            1,
            (context, _) =>
            {
                runs.Enqueue(context.Event.Number);
                return Volatile.Read(ref isMended) ? default : Fails(context);
            },
            DeadLetters.Hold);
        var ids = await PublishAsync(host, 3);
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "the first is dead");
        await host.AsleepAsync(new OrderPlaced(-1));
        (await host.Events.CountAsync()).Ready.Should().Be(2, "the others wait");

        Volatile.Write(ref isMended, true);
        if (redrive)
        {
            (await host.Events.RedriveAsync(ids[0])).Should().Be(RedriveOutcome.Redriven);
        }
        else
        {
            (await host.Events.DiscardAsync(ids[0])).Should().Be(DiscardOutcome.Discarded);
        }

        await HandledAsync(host, redrive ? 4 : 3);
        runs.Where(static number => number >= 0).Distinct().Should().Equal(0, 1, 2);
        runs.Count(static number => number == 0).Should().Be(redrive ? 4 : 3, "it has three attempts");
    }

    [Fact]
    public async Task AGroupThatDoesNotOrder_IgnoresKeys()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 10);

        (await consumer.ClaimAllAsync()).Should().HaveCount(10);

        (await redis.Database.KeyExistsAsync($"{Root(host)}:active:default")).Should().BeFalse();
        var groups = host.Services.GetRequiredService<IGroupStore>();
        (await groups.ListKeysAsync("default")).Keys.Should().BeEmpty();
        (await groups.FindAsync("default"))!.ConcurrencyPerKey.Should().BeNull();
    }

    [Theory]
    [InlineData(0, null, "ConcurrencyPerKey must be between 1 and 100, but is 0*")]
    [InlineData(101, null, "ConcurrencyPerKey must be between 1 and 100, but is 101*")]
    [InlineData(2, DeadLetters.Hold, "OnDead is Hold, which needs a ConcurrencyPerKey of 1, but that is 2.*")]
    [InlineData(null, DeadLetters.Hold, "OnDead is Hold, which needs a ConcurrencyPerKey of 1, but that is not set.*")]
    public async Task AModeThatIsNotPossible_IsRefusedByName(int? places, DeadLetters? onDead, string message)
    {
        var services = new ServiceCollection();
        services.AddSingleton(redis.HostConnection);
        services.AddRedisTriggers(options =>
            options.Groups["default"] = new GroupOptions { ConcurrencyPerKey = places, OnDead = onDead });
        await using var provider = services.BuildServiceProvider();

        provider.Invoking(static all => all.GetRequiredService<IOptions<RedisTriggersOptions>>().Value).Should()
            .Throw<OptionsValidationException>().WithMessage($"*Groups:default:{message}");
    }

    [Fact]
    public void AGroupThatOrders_CancelsHandlersWhoseLeaseIsInDoubt_UnlessItSaysOtherwise()
    {
        static LeaseDoubt Of(GroupOptions group) =>
            GroupSettings.Of("default", new RedisTriggersOptions { Groups = { ["default"] = group } }).WhenLeaseIsInDoubt;

        Of(new GroupOptions()).Should().Be(LeaseDoubt.Continue);
        Of(new GroupOptions { ConcurrencyPerKey = 3 }).Should().Be(LeaseDoubt.Cancel);
        Of(new GroupOptions { ConcurrencyPerKey = 1, WhenLeaseIsInDoubt = LeaseDoubt.Continue }).Should().Be(LeaseDoubt.Continue);
    }

    private static string KeyOf(int number) => $"key-{number % 10}";

    private static ValueTask Fails(EventContext<OrderPlaced> context) =>
        context.Event.Number == 0 ? throw new InvalidOperationException("It fails.") : default;

    private static Task HandledAsync(TestHost host, int count) => Wait.UntilAsync(
        async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 } counts && counts.Processed == count,
        $"{count} are handled");
}
