using CsCheck;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Model;

/// <summary>Random sequences of taking and giving back against a plain model, and against a look at every span of time.</summary>
public sealed class RateLimitModelTests(RedisFixture redis)
{
    private const long Begin = 1_900_000_000_000;

    private static readonly int Rounds = ModelRounds.Of(12);

    private static readonly Gen<RateLimit> Limits = Gen.Select(
        Gen.Int[1, 60], Gen.OneOf(Gen.Const(100), Gen.Const(1000), Gen.Const(7000)), Gen.Int[1, 12],
        static (count, ms, burst) => new RateLimit("limit", "limit", count, TimeSpan.FromMilliseconds(ms), burst));

    [Fact]
    public async Task Taking_GrantsWhatTheModelGrants() =>
        await Gen.Select(Limits, Gen.Select(Gen.Int[0, 150], Gen.Int[0, 9]).List[1, 60]).SampleAsync(
            async (limit, steps) =>
            {
                await using var scene = new Scene(redis, limit);
                var model = new RateLimitModel(limit.Count, limit.PerMicroseconds, limit.Burst);
                foreach (var (pause, asked) in steps)
                {
                    scene.Now += pause;
                    var reply = await scene.TakeAsync(asked);
                    reply.Granted.Should().Be(model.Take(scene.Now * 1000, asked));
                }
            },
            iter: Rounds, threads: 1);

    // A refusal names the moment of the next grant: not a millisecond before it, and then indeed. Where grants come faster than every five
    // milliseconds, it names that of several.
    [Fact]
    public async Task ARefusal_NamesTheMomentOfTheNextGrant() =>
        await Limits.SampleAsync(
            async limit =>
            {
                await using var scene = new Scene(redis, limit);
                var span = limit.PerMicroseconds / (double)limit.Count;
                await scene.TakeAsync(limit.Burst);
                var refused = await scene.TakeAsync(5);
                refused.Granted.Should().Be(0);

                var several = Math.Max(1, Math.Min((int)(5000 / span), limit.Burst / 2));
                refused.WaitMicroseconds.Should().BeInRange((long)(several * span) - 1, (long)(several * span) + 1);
                scene.Now += (long)refused.Wait.TotalMilliseconds - 1;
                (await scene.TakeAsync(several)).Granted.Should().BeLessThan(several);
                scene.Now += 1;
            },
            iter: Rounds, threads: 1);

    // What is given back begins later, or never: whoever gets it in its place, no span of time has more than a burst and the rate.
    [Fact]
    public async Task GivingBack_NeverAllowsMoreThanTheLimit_InAnySpanOfTime() =>
        await Gen.Select(Limits, Gen.Select(Gen.Int[0, 120], Gen.Int[0, 9], Gen.Int[0, 9]).List[1, 60]).SampleAsync(
            async (limit, steps) =>
            {
                await using var scene = new Scene(redis, limit);
                var (taken, starts) = (new List<(GrantsReply Reply, int Unused)>(), new List<long>());
                foreach (var (pause, asked, unused) in steps)
                {
                    scene.Now += pause;
                    if (asked % 2 == 0 && taken.Count > 0)
                    {
                        var (reply, count) = taken[unused % taken.Count];
                        taken.RemoveAt(unused % taken.Count);
                        await scene.ReturnAsync(count, reply.Moment);
                        continue;
                    }

                    var got = await scene.TakeAsync(asked);
                    var left = Math.Min(unused, got.Granted);
                    starts.AddRange(Enumerable.Repeat(got.Moment, got.Granted - left));
                    if (left > 0)
                    {
                        taken.Add((got, left));
                    }
                }

                new RateLimitModel(limit.Count, limit.PerMicroseconds, limit.Burst).Allows(starts).Should().BeTrue();
            },
            iter: Rounds, threads: 1);

    // What was granted at once and given back at once has not happened.
    [Fact]
    public async Task GivingBackAtOnce_LeavesTheLimitAsItWas() =>
        await Gen.Select(Limits, Gen.Int[1, 12], Gen.Int[1, 12]).SampleAsync(
            async (limit, first, second) =>
            {
                await using var scene = new Scene(redis, limit);
                var used = (await scene.TakeAsync(first)).Granted;
                var unused = await scene.TakeAsync(second);
                if (unused.Granted > 0)
                {
                    await scene.ReturnAsync(unused.Granted, unused.Moment);
                }

                (await scene.TakeAsync(100)).Granted.Should().Be(limit.Burst - used);
            },
            iter: Rounds, threads: 1);

    // By the time of the return half of the grants have run out, and counted for those that another consumer got.
    [Fact]
    public async Task GivingBackLate_GivesBackWhatHasNotRunOut()
    {
        await using var scene = new Scene(redis, new RateLimit("limit", "limit", 10, TimeSpan.FromSeconds(1), 10));
        var unused = await scene.TakeAsync(10);
        scene.Now += 500;
        (await scene.TakeAsync(10)).Granted.Should().Be(5);

        await scene.ReturnAsync(10, unused.Moment);

        (await scene.TakeAsync(10)).Granted.Should().Be(5);
    }

    // The clock of the server jumps; the spans are measured by one that does not. A jump ahead gives at most a burst, one back nothing.
    [Fact]
    [Trait("Fault", "168")]
    public async Task AClockThatJumps_GivesAtMostABurst() =>
        await Gen.Select(Limits, Gen.Select(Gen.Int[0, 150], Gen.Int[0, 9], Gen.Int[-20, 20]).List[1, 60]).SampleAsync(
            async (limit, steps) =>
            {
                await using var scene = new Scene(redis, limit);
                var (time, jumpsAhead, starts) = (0L, 0, new List<long>());
                foreach (var (pause, asked, jump) in steps)
                {
                    time += pause;
                    scene.Now += pause + (Math.Abs(jump) > 15 ? jump * 100_000 : 0);
                    jumpsAhead += jump > 15 ? 1 : 0;
                    starts.AddRange(Enumerable.Repeat(time * 1000, (await scene.TakeAsync(asked)).Granted));
                }

                new RateLimitModel(limit.Count, limit.PerMicroseconds, limit.Burst).Allows(starts, 1 + jumpsAhead).Should().BeTrue();
            },
            iter: Rounds, threads: 1);

    [Fact]
    [Trait("Fault", "168")]
    public async Task AClockThatGoesBackADay_StopsNothing()
    {
        await using var scene = new Scene(redis, new RateLimit("limit", "limit", 10, TimeSpan.FromSeconds(1), 3));
        await scene.TakeAsync(3);

        scene.Now -= 86_400_000;
        (await scene.TakeAsync(1)).Granted.Should().Be(0);
        scene.Now += 100;
        (await scene.TakeAsync(3)).Granted.Should().Be(1);
    }

    [Fact]
    public async Task AStandstill_GrantsNothing_ThenOne_ThenTheRate()
    {
        await using var scene = new Scene(redis, new RateLimit("limit", "limit", 10, TimeSpan.FromSeconds(1), 3));
        var early = await scene.TakeAsync(1);
        await scene.StandStillAsync(TimeSpan.FromSeconds(5));
        await scene.StandStillAsync(TimeSpan.FromSeconds(2));
        await scene.ReturnAsync(1, early.Moment);

        scene.Now += 4999;
        var refused = await scene.TakeAsync(3);
        (refused.Granted, refused.WaitMicroseconds).Should().Be((0, 1000), "the longer one counts");
        scene.Now += 1;
        (await scene.TakeAsync(3)).Granted.Should().Be(1);
        scene.Now += 99;
        (await scene.TakeAsync(3)).Granted.Should().Be(0);
        scene.Now += 201;
        (await scene.TakeAsync(9)).Granted.Should().Be(3);
    }

    // It lasts as long as was asked for, and not until the clock is there again.
    [Fact]
    [Trait("Fault", "168")]
    public async Task AStandstill_KeepsItsLength_WhenTheClockGoesBack()
    {
        await using var scene = new Scene(redis, new RateLimit("limit", "limit", 10, TimeSpan.FromSeconds(1), 3));
        await scene.StandStillAsync(TimeSpan.FromSeconds(5));

        scene.Now -= 86_400_000;
        (await scene.TakeAsync(1)).WaitMicroseconds.Should().Be(5_000_000);
        scene.Now += 5000;
        (await scene.TakeAsync(3)).Granted.Should().Be(1);
    }

    private sealed class Scene(RedisFixture redis, RateLimit limit) : IAsyncDisposable
    {
        private readonly TestHost _host = TestHost.Create(redis);

        public long Now { get; set; } = Begin;

        private Partition Home => _host.Keyspace.Partitions[0];

        public ValueTask<GrantsReply> TakeAsync(int asked) => _host.Keyspace.Scripts.RunAsync(
            new TakeGrantsRequest { Group = "g", Limit = limit, Home = Home, Now = Now, Asked = asked });

        public async Task ReturnAsync(int count, long moment) => await _host.Keyspace.Scripts.RunAsync(
            new ReturnGrantsRequest { Limit = limit, Home = Home, Now = Now, Grants = count, Moment = moment });

        public async Task StandStillAsync(TimeSpan duration) => await _host.Keyspace.Scripts.RunAsync(
            new StandStillRequest { Limit = limit, Home = Home, Now = Now, Duration = duration });

        public ValueTask DisposeAsync() => _host.DisposeAsync();
    }
}
