using System.Collections.Concurrent;

namespace EventTriggers.Tests.RateLimits;

/// <summary>
/// Groups that limit keys, in hosts that run, by a clock that the test moves. Nothing polls: what does not begin in time would never begin.
/// </summary>
public sealed class KeyLimitHostTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ConcurrentQueue<string> _started = new();

    // What the hosts have begun when it is read, the limit has allowed by the time that is read after it.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task TwoHosts_TogetherBeginOfEachKeyWhatItsLimitAllows(int partitions)
    {
        var clock = Clock.At2030();
        await using var first = Host(clock, static group => group.LimitPerKey(10, Second, burst: 3), partitions);
        await using var second = Host(clock, static group => group.LimitPerKey(10, Second, burst: 3), partitions, first.Prefix);
        var begin = clock.GetUtcNow();
        first.Start();
        second.Start();
        await first.Bus.PublishManyAsync([.. Enumerable.Range(0, 48).Select(static n => new OrderPlaced(n))], new PublishOptions());
        await Wait.UntilAsync(() => _started.Count(static key => key.Length == 0) == 48, "what has no key is not limited");
        foreach (var key in new[] { "a", "b", "c" })
        {
            await PublishAsync(first, 12, key);
        }

        await Wait.UntilAsync(
            () =>
            {
                var started = _started.Where(static key => key.Length > 0).CountBy(static key => key).ToArray();
                var seconds = (clock.GetUtcNow() - begin).TotalSeconds;
                started.Should().NotContain(one => one.Value > 3 + (int)(10 * seconds));
                clock.Advance(TimeSpan.FromMilliseconds(10));
                return started.Sum(static one => one.Value) == 36;
            },
            "all begin");
    }

    // A key begins at most once a second, and the group three deliveries a second.
    [Fact]
    public async Task WithALimitOfTheGroup_BothAreKept()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static group => group.Limit(3, Second, burst: 1).LimitPerKey(1, Second).InOrder());
        var begin = clock.GetUtcNow();
        host.Start();
        foreach (var key in new[] { "a", "b", "c", "d", "e" })
        {
            await PublishAsync(host, 3, key);
        }

        await Wait.UntilAsync(
            () =>
            {
                var started = _started.ToArray();
                var seconds = (clock.GetUtcNow() - begin).TotalSeconds;
                started.Length.Should().BeLessThanOrEqualTo(1 + (int)(3 * seconds));
                started.CountBy(static key => key).Should().NotContain(one => one.Value > 1 + (int)seconds);
                clock.Advance(TimeSpan.FromMilliseconds(10));
                return started.Length == 15;
            },
            "all begin");
    }

    private static async Task PublishAsync(TestHost host, int count, string key) => await host.Bus.PublishManyAsync(
        [.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))], new PublishOptions { Key = key });

    private TestHost Host(TimeProvider clock, Action<GroupBuilder> limit, int partitions = 1, string? prefix = null) => TestHost.Create(
        redis,
        build => build.AddGroup("limited", group =>
        {
            limit(group);
            group.AddHandler<OrderPlaced>((context, _) =>
            {
                _started.Enqueue(context.Key ?? string.Empty);
                return default;
            });
        }),
        options => options.Partitions = partitions,
        clock,
        prefix);
}
