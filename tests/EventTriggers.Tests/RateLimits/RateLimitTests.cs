
namespace EventTriggers.Tests.RateLimits;

/// <summary>Groups with limits, in hosts that run, by a clock that the test moves: it shows what would begin too early.</summary>
public sealed class RateLimitTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private int _started;

    private int Started => Volatile.Read(ref _started);

    // By a clock of their own: what the hosts have begun when it is read, the limit has allowed by the time that is read after it.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TwoHosts_TogetherBeginWhatTheLimitAllows(int partitions)
    {
        var clock = Clock.At2030();
        await using var first = Host(clock, static group => group.Limit("shared", 10, TimeSpan.FromSeconds(1), burst: 3), partitions);
        await using var second = Host(
            clock, static group => group.Limit("shared", 10, TimeSpan.FromSeconds(1), burst: 3), partitions, first.Prefix);
        var begin = clock.GetUtcNow();
        first.Start();
        second.Start();
        await first.Bus.PublishSpreadAsync(Enumerable.Range(0, 15).Select(static n => new OrderPlaced(n)));
        await Wait.UntilAsync(() => Started > 0, "the first begins");

        await Wait.UntilAsync(
            () =>
            {
                var started = Started;
                var seconds = (clock.GetUtcNow() - begin).TotalSeconds;
                started.Should().BeLessThanOrEqualTo(3 + (int)(10 * seconds));
                clock.Advance(TimeSpan.FromMilliseconds(10));
                return started == 15;
            },
            "all begin");
    }

    [Fact]
    public async Task GroupsThatNameTheSameLimit_ShareIt()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("a", group => Add(group.Limit("shared", 3, Hour, burst: 3)))
                .AddGroup("b", group => Add(group.Limit("shared", 3, Hour, burst: 3))),
            time: Clock.At2030());
        host.Start();

        await PublishAsync(host, 4);

        await StartedAsync(3);
        (await OutstandingAsync(host, "shared")).Should().Be(3);
    }

    [Fact]
    public async Task GroupsWithLimitsOfTheirOwn_ShareNone()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("a", group => Add(group.Limit(2, Hour, burst: 2)))
                .AddGroup("b", group => Add(group.Limit(3, Hour, burst: 3))),
            time: Clock.At2030());
        host.Start();

        await PublishAsync(host, 4);

        await StartedAsync(5);
        (await OutstandingAsync(host, "$group:a")).Should().Be(2);
        (await OutstandingAsync(host, "$group:b")).Should().Be(3);
    }

    [Fact]
    public async Task OfSeveralLimits_EachMustAllow_AndNoneIsUsedInVain()
    {
        await using var host = Host(Clock.At2030(), static group => group.Limit("a", 100, Hour, burst: 10).Limit("b", 2, Hour, burst: 2));
        host.Start();

        await PublishAsync(host, 5);

        await StartedAsync(2);
        await Wait.UntilAsync(
            async () => await OutstandingAsync(host, "a") == 2 && await OutstandingAsync(host, "b") == 2, "the first gets back its rest");
    }

    [Fact]
    public async Task Retries_Count()
    {
        var clock = Clock.At2030();
        await using var host = Host(
            clock, static group => group.Limit(2, Hour, burst: 2), handle: static () => throw new InvalidOperationException("no"));
        host.Start();
        await PublishAsync(host, 1);
        await StartedAsync(1);

        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(50));
                return Started >= 2 && (await host.Events.CountAsync("limited")).Ready == 1;
            },
            "the third attempt waits for the limit");

        Started.Should().Be(2);
    }

    // A group that stands still holds up nothing else in its process, and what it has waits in its order.
    [Fact]
    public async Task WhileALimitAllowsNothing_OtherGroupsGoOn()
    {
        var (clock, order) = (Clock.At2030(), new System.Collections.Concurrent.ConcurrentQueue<int>());
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("limited", group => group.Limit(1, Hour).AddHandler<OrderPlaced>((context, _) =>
            {
                order.Enqueue(context.Event.Number);
                return default;
            })).AddGroup("free", group => Add(group)),
            time: clock);
        host.Start();

        await PublishAsync(host, 20);
        await StartedAsync(20);
        await Wait.UntilAsync(() => order.Count == 1, "the first one begins");
        clock.Advance(Hour);
        await Wait.UntilAsync(() => order.Count == 2, "and another one an hour later");

        order.Should().Equal(0, 1);
    }

    // Nothing begins, and the key is reported; without it the limit begins anew.
    [Fact]
    public async Task ALimitWhoseKeyHoldsSomethingElse_AllowsNothing_UntilTheKeyIsRemoved()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static group => group.Limit("shared", 100, Hour));
        var keys = host.Keyspace.Partitions[0].Keys;
        var key = keys.RateLimit("shared");
        await redis.Database.ListLeftPushAsync(key, "x");
        host.Start();
        await PublishAsync(host, 1);
        await Wait.UntilAsync(
            async () => await redis.Database.SortedSetScoreAsync($"{keys.Root}:foreign", key.ToString()) != null,
            "the key is noted");
        Started.Should().Be(0);

        await redis.Database.KeyDeleteAsync(key);
        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return Started == 1;
            },
            "it begins");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("1 2 3")]
    [InlineData("1893456000000000 99999999.0 0")]
    [InlineData("1893456000000000 1.0 9007199254740000")]
    public async Task ALimitThatCannotBeRead_CountsAsUsedUp_AndGoesOn(string text)
    {
        await using var scene = new RateLimitScene(redis, burst: 2);
        await redis.Database.StringSetAsync(scene.Partition.Keys.RateLimit("hourly"), text);

        (await scene.Taker.TakeAsync(5)).Grants.Should().BeNull();
        scene.Clock.Advance(Hour);
        (await scene.Taker.TakeAsync(5)).Grants!.Left.Should().Be(1);
    }

    private async Task<double> OutstandingAsync(TestHost host, string limit)
    {
        var text = await redis.Database.StringGetAsync(host.Keyspace.PartitionOf(limit).Keys.RateLimit(limit));
        return double.Parse(text.ToString().Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    // It has time to begin one too many; were the time too short, that would only go unseen.
    private async Task StartedAsync(int expected)
    {
        await Wait.UntilAsync(() => Started >= expected, $"{expected} begin");
        await Task.Delay(100);
        Started.Should().Be(expected);
    }

    private static async Task PublishAsync(TestHost host, int count) =>
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))]);

    private TestHost Host(
        TimeProvider clock, Action<GroupBuilder> limit, int partitions = 1, string? prefix = null, Action? handle = null) =>
        TestHost.Create(
            redis,
            build => build.AddGroup("limited", group =>
            {
                limit(group);
                Add(group, handle);
            }),
            options => options.Partitions = partitions,
            clock,
            prefix);

    private void Add(GroupBuilder group, Action? handle = null) => group.AddHandler<OrderPlaced>((_, _) =>
    {
        Interlocked.Increment(ref _started);
        handle?.Invoke();
        return ValueTask.CompletedTask;
    });
}
