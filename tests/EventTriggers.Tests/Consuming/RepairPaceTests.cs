using EventTriggers.Consuming.Duties;
using EventTriggers.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// The processes of a partition look through its keys together, at a pace that follows what a page takes. On a server of its own: a page
/// counts whatever keys there are.
/// </summary>
public sealed class RepairPaceTests(RedisFixture redis)
{
    private static readonly RepairPace Pace = new(0, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(45));

    [Fact]
    public async Task SeveralProcesses_GoThroughTheKeysOnce()
    {
        await using var scene = await BeginAsync(keys: 5_000);
        var duties = Enumerable.Range(0, 3).Select(_ => DutyOf(scene, Pace)).ToArray();
        var keys = (long)await scene.Admin.GetDatabase().ExecuteAsync("DBSIZE");

        var rounds = 0;
        for (var isThrough = false; !isThrough; rounds++)
        {
            foreach (var duty in Enumerable.Range(rounds, 3).Select(n => duties[n % 3]))
            {
                var before = duties.Sum(static one => one.Seen);
                await duty.RunOnceAsync();
                isThrough |= duty.IsThrough;
                (duty == duties[rounds % 3] || duties.Sum(static one => one.Seen) == before).Should()
                    .BeTrue("one looks at a page, and the others are told that it is not time");
            }

            scene.Time.Advance(Pace.Least);
        }

        duties.Should().OnlyContain(static duty => duty.Seen > 0);
        duties.Sum(static duty => duty.Seen).Should().BeInRange(keys, keys + 1, "the key that says where they are may be met, too");
        rounds.Should().BeInRange(20, 30);
    }

    [Fact]
    public async Task AfterARound_TheNextBeginsWhenTheyHaveRested()
    {
        await using var scene = await BeginAsync(keys: 0);
        var (first, second) = (DutyOf(scene, Pace), DutyOf(scene, Pace));
        await first.RunOnceAsync();
        scene.Time.Advance(Pace.Rest - TimeSpan.FromMilliseconds(1));
        await second.RunOnceAsync();
        var seen = second.Seen;
        scene.Time.Advance(TimeSpan.FromMilliseconds(1));
        await second.RunOnceAsync();

        first.IsThrough.Should().BeTrue();
        first.Next.Should().BeNull();
        (first.Seen, seen, second.Seen).Should().Be((first.Seen, 0, first.Seen + 1));
    }

    // The process that was at it is gone, or the server's clock went back.
    [Fact]
    public async Task WhatOneProcessHasBegun_AnotherGoesOnWith()
    {
        await using var scene = await BeginAsync(keys: 1_000);
        var (first, second) = (DutyOf(scene, Pace), DutyOf(scene, Pace));
        await first.RunOnceAsync();
        await scene.Admin.GetDatabase().StringSetAsync(
            scene.RepairKey, ((string)(await scene.Admin.GetDatabase().StringGetAsync(scene.RepairKey))!)
                .Split(' ') is [var keys, var triggers, _]
                ? $"{keys} {triggers} {scene.Time.GetUtcNow().AddDays(1).ToUnixTimeMilliseconds()}"
                : null);
        do
        {
            await second.RunOnceAsync();
            scene.Time.Advance(Pace.Least);
        }
        while (!second.IsThrough);

        first.Seen.Should().BeGreaterThanOrEqualTo(200);
        (first.Seen + second.Seen).Should().BeInRange(1_000, 1_010);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x y z")]
    [InlineData("99999999999999999999999 -1 0")]
    public async Task AnotherCursorThanOurs_BeginsAnew(string place)
    {
        await using var scene = await BeginAsync(keys: 100);
        await scene.Admin.GetDatabase().StringSetAsync(scene.RepairKey, place);
        var duty = DutyOf(scene, Pace);

        await duty.RunOnceAsync();

        duty.IsThrough.Should().BeTrue();
        duty.Seen.Should().BeGreaterThanOrEqualTo(100);
    }

    [Fact]
    public async Task ThePause_FollowsWhatAPageTook_WithinItsBounds()
    {
        await using var scene = await BeginAsync(keys: 1_000);
        var pauses = new List<TimeSpan?>();
        foreach (var factor in (int[])[0, 10_000, 100_000_000])
        {
            var duty = DutyOf(scene, Pace with { Factor = factor, Least = TimeSpan.FromMilliseconds(1) });
            await duty.RunOnceAsync();
            pauses.Add(duty.Next);
            scene.Time.Advance(Pace.Rest);
        }

        pauses[0].Should().Be(TimeSpan.FromMilliseconds(1));
        pauses[1].Should().BeGreaterThan(TimeSpan.FromMilliseconds(100)).And.BeLessThan(Pace.Rest);
        pauses[2].Should().Be(Pace.Rest);
    }

    // A script that the server ended in its middle leaves such a lease.
    [Fact]
    public async Task ALeaseThatNoIndexHolds_AmongManyKeys_IsFoundAtThePace()
    {
        await using var scene = await BeginAsync(keys: 20_000);
        await LoseALeaseAsync(scene);
        var (duty, begin) = (DutyOf(scene, Pace), scene.Time.GetUtcNow());

        while (await duty.RunOnceAsync() == 0 && !duty.IsThrough)
        {
            scene.Time.Advance(duty.Next!.Value);
        }

        (await scene.IsLeasedAsync()).Should().BeTrue();
        (scene.Time.GetUtcNow() - begin).Should().BeLessThan(20_200 / 200 * Pace.Least * 1.1);
    }

    [Fact]
    public async Task TheLoop_GoesOnFromPageToPage()
    {
        await using var scene = await BeginAsync(keys: 3_000);
        await LoseALeaseAsync(scene);
        using var stop = new CancellationTokenSource();
        var loop = new RepairLoop(
            scene.Host.Keyspace, scene.Host.Keyspace.Partitions[0], scene.Time, NullLogger.Instance).RunAsync(stop.Token);

        scene.Time.Advance(TimeSpan.FromMinutes(1));
        for (var step = 0; step < 500 && !await scene.IsLeasedAsync(); step++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
            scene.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        (await scene.IsLeasedAsync()).Should().BeTrue("fifteen pages do not take fifteen minutes");
        await stop.CancelAsync();
        await loop;
    }

    private static RepairDuty DutyOf(Scene scene, RepairPace pace) =>
        new(scene.Host.Keyspace, scene.Host.Keyspace.Partitions[0], NullLogger.Instance, pace);

    private static async Task LoseALeaseAsync(Scene scene)
    {
        var consumer = new ManualConsumer(scene.Host, time: scene.Time);
        await consumer.SubscribeAsync("order.placed");
        await scene.Host.Bus.PublishAsync(new OrderPlaced(1));
        await consumer.ClaimOneAsync();
        (await scene.Admin.GetDatabase().KeyDeleteAsync(scene.Leased)).Should().BeTrue();
    }

    private async Task<Scene> BeginAsync(int keys)
    {
        redis.SkipUnlessRedis();
        var server = await RedisTestServer.StartAsync();
        var admin = await server.ConnectAsync();
        var user = await ConnectionMultiplexer.ConnectAsync(await LeastPrivilege.ConnectionStringAsync(server, admin));
        var time = Clock.At2030();
        var scene = new Scene(server, admin, user, TestHost.Create(redis, time: time, connection: user), time);
        await scene.Host.Keyspace.EnsureReadyAsync();
        foreach (var some in Enumerable.Range(0, keys).Chunk(1_000))
        {
            await admin.GetDatabase()
                .StringSetAsync([.. some.Select(n => new KeyValuePair<RedisKey, RedisValue>($"{scene.Root}:seen:order-{n}", "1"))]);
        }

        return scene;
    }

    private sealed record Scene(
        RedisTestServer Server, ConnectionMultiplexer Admin, ConnectionMultiplexer User, TestHost Host,
        FakeTimeProvider Time) : IAsyncDisposable
    {
        public string Root => $"{{{Host.Prefix}:0}}";

        public RedisKey RepairKey => $"{Root}:repair";

        public RedisKey Leased => $"{Root}:leased:default";

        public async Task<bool> IsLeasedAsync() => await Admin.GetDatabase().SortedSetLengthAsync(Leased) == 1;

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await User.DisposeAsync();
            await Admin.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
