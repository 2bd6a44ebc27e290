using System.Collections.Concurrent;
using EventTriggers.Events;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Hosts of one group that handle different types, as during a rolling deployment. Nothing polls here: what nobody is woken for fails the
/// test.
/// </summary>
public sealed class MixedGroupTests(RedisFixture redis)
{
    private readonly string _prefix = RedisFixture.NewPrefix();
    private readonly ConcurrentQueue<(string Id, int Attempt)> _handled = new();

    [Fact]
    [Trait("Fault", "18")]
    public async Task AnEvent_GoesToTheOneHostThatHandlesItsType_AtOnceAndAtItsFirstAttempt()
    {
        await using var hosts = new HostList { Host("a"), Host("a"), Host("a"), Host("a", "b") };
        await SubscribedAsync(hosts, "b");
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));

        for (var i = 0; i < 400; i++)
        {
            if (i % 4 == 0)
            {
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }

            await PublishAsync(hosts[0], "b");
        }

        await Wait.UntilAsync(() => _handled.Count == 400, "all are handled");
        await SettledAsync(hosts[0], processed: 400);
        _handled.Select(static one => one.Attempt).Should().AllBeEquivalentTo(1, "hosts that do not handle the type spend no attempt");
        hosts.SelectMany(static host => host.Log.TextsOf("7")).Should()
            .HaveCountLessThanOrEqualTo(3, "each host says once that it does not handle the type");
        (await redis.Database.KeyExistsAsync(Keys(hosts[0]).Of("default").Parked)).Should()
            .BeFalse("nothing is parked any more, so claims look for nothing");
    }

    [Fact]
    public async Task ASingleEvent_WakesAHostThatHandlesItsType_WhoeverClaimsItFirst()
    {
        await using var hosts = new HostList { Host("a", "b"), Host("a"), Host("a"), Host("a") };
        await SubscribedAsync(hosts, "b");

        for (var count = 1; count <= 12; count++)
        {
            await PublishAsync(hosts[0], "b");
            await Wait.UntilAsync(() => _handled.Count == count, "nothing else wakes the host");
        }
    }

    [Fact]
    public async Task MoreThanOneHostCanTake_WakesTheOthersThatHandleTheType()
    {
        var (running, release) = (new CountdownEvent(4), new TaskCompletionSource());
        Func<EventContext<OrderPlaced>, CancellationToken, ValueTask> hold = async (_, _) =>
        {
            running.Signal();
            await release.Task;
        };
        await using var hosts = new HostList();
        for (var i = 0; i < 4; i++)
        {
            hosts.Add(TestHost.Create(
                redis, build => build.AddHandler<OrderPlaced>(static (_, _) => default, "a")
                    .AddHandler(hold, i < 2 ? "b" : "c"), static options => options.Concurrency = 2, prefix: _prefix).Start());
        }

        await SubscribedAsync(hosts, "b", "c");
        for (var i = 0; i < 4; i++)
        {
            await PublishAsync(hosts[0], "b");
        }

        await Wait.UntilAsync(() => running.IsSet, "all four run at once: two in each host that handles them");
        release.SetResult();
    }

    [Fact]
    public async Task AHostThatComes_TakesAllThatWaitsForIt()
    {
        await using var hosts = new HostList { Host("a"), Host("a") };
        await SubscribeForNobodyAsync(hosts[0], "b");
        for (var i = 0; i < 700; i++)
        {
            await PublishAsync(hosts[0], "b");
        }

        await Wait.UntilAsync(
            async () => await redis.Database.ListLengthAsync(
                Keys(hosts[0]).Parked("default", "b")) == 700, "it is held, and neither claimed again and again nor retried");
        (await hosts[0].Events.CountAsync()).Should().BeEquivalentTo(
            new GroupCounts { Ready = 700 }, static counts => counts.Excluding(static one => one.Lag));

        hosts.Add(Host("b"));

        await Wait.UntilAsync(() => _handled.Count == 700, "all are handled");
        await SettledAsync(hosts[0], processed: 700);
        _handled.Select(static one => one.Attempt).Should().AllBeEquivalentTo(1);
    }

    // A ring that reaches a host which has just stopped claiming is not lost.
    [Fact]
    public async Task AHostThatLeaves_PassesOnWhatIsParkedForIt()
    {
        await using var hosts = new HostList { Host("a"), Host("b") };
        await SubscribedAsync(hosts, "a", "b");
        var leaving = new ManualConsumer(hosts[0]);
        await leaving.SubscribeAsync("b");
        await ParkUnrungAsync(hosts[0], "b");

        await leaving.StopClaimingAsync();

        await Wait.UntilAsync(() => !_handled.IsEmpty, "another that handles the type is woken");
    }

    [Fact]
    public async Task Stop_EndsWhatTheHostHandles()
    {
        await using var hosts = new HostList { Host("a"), Host("a") };
        await SubscribedAsync(hosts, "a");

        await hosts[0].StopAsync();

        (await redis.Database.SortedSetLengthAsync(Keys(hosts[0]).Handlers("default", "a"))).Should().Be(1, "who is left");
    }

    [Fact]
    public async Task Start_OfAHostWithHundredsOfTypes_RegistersThemAll()
    {
        var types = Enumerable.Range(0, 450).Select(static n => $"type-{n}").ToArray();
        await using var hosts = new HostList { Host(types) };
        await SubscribedAsync(hosts, types[^1]);

        var counts = await Task.WhenAll(
            types.Select(type => redis.Database.SortedSetLengthAsync(Keys(hosts[0]).Handlers("default", type))));

        counts.Should().AllBeEquivalentTo(1);
    }

    private TestHost Host(params string[] types) => TestHost.Create(
        redis,
        build =>
        {
            foreach (var type in types)
            {
                build.AddHandler<OrderPlaced>(
                    (context, _) =>
                    {
                        context.Type.Should().Be(type);
                        _handled.Enqueue((context.Id, context.Attempt));
                        return default;
                    },
                    type);
            }
        },
        prefix: _prefix).Start();

    private static RedisKeys Keys(TestHost host) => host.Keyspace.Partitions[0].Keys;

    private static async Task<string> PublishAsync(TestHost host, string type) =>
        (await host.Bus.PublishRawAsync(type, """{"number":1}"""u8.ToArray())).Id;

    // The group subscribes to a type that none of its hosts handles any more.
    private static async Task SubscribeForNobodyAsync(TestHost host, string type)
    {
        var gone = new ManualConsumer(host);
        await gone.SubscribeAsync(type);
        await gone.LeaveAsync();
    }

    // As a host does that does not handle the type, and whose ring went to a host that is about to leave.
    private async Task ParkUnrungAsync(TestHost host, string type)
    {
        var keys = Keys(host);
        var id = IdGenerator.Next();
        await redis.Database.HashSetAsync(
            keys.Event(id), [new("type", type), new("data", """{"number":1}"""), new("at", "1"), new("status:default", "ready")]);
        await redis.Database.ListLeftPushAsync(keys.Parked("default", type), id);
        await redis.Database.SortedSetAddAsync(keys.Of("default").Parked, type, -1);
    }

    // All wait, and each has asked once more since it has begun to listen.
    private async Task SubscribedAsync(HostList hosts, params string[] types)
    {
        foreach (var type in types)
        {
            await Wait.UntilAsync(
                async () => await redis.Database.SortedSetLengthAsync(Keys(hosts[0]).Handlers("default", type)) > 0, $"{type} is handled");
        }

        await Wait.UntilAsync(
            async () => await redis.Database.SortedSetLengthAsync(Keys(hosts[0]).Of("default").Waiting) == hosts.Count, "all wait");
        await Task.Delay(100);
    }

    private static Task SettledAsync(TestHost host, int processed) => Wait.UntilAsync(
        async () => await host.Events.CountAsync() is { Ready: 0, Delayed: 0, Leased: 0, Dead: 0 } counts
            && counts.Processed == processed, "all are processed, and none is dead");

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
