using System.Text;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Triggers over time whose events are matched in another order than they were published in, late or once more; and what that needs to be
/// kept.
/// </summary>
public sealed class OverTimeOrderTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(-5, false, false)]
    [InlineData(-5, true, false)]
    [InlineData(0, false, true)]
    [InlineData(30, false, true)]
    [InlineData(30, true, true)]
    [InlineData(61, false, false)]
    [InlineData(61, true, false)]
    public async Task Then_FiresForWhatFollowsInTime(int after, bool isReversed, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").FollowedBy("answer").Within(Minute));

        await PublishAsync(scene, after, isReversed);

        (await scene.CausesAsync()).Should().Equal(fires ? ["\"ask\" + \"answer\""] : []);
    }

    [Theory]
    [InlineData(-5, false, true)]
    [InlineData(-5, true, true)]
    [InlineData(0, false, false)]
    [InlineData(30, false, false)]
    [InlineData(30, true, false)]
    [InlineData(61, false, true)]
    [InlineData(61, true, true)]
    public async Task Without_FiresForWhatIsNotAnsweredInTime(int after, bool isReversed, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute));

        await PublishAsync(scene, after, isReversed);
        await scene.PassAsync(2 * Minute);

        (await scene.CausesAsync()).Should().Equal(fires ? ["\"ask\""] : []);
    }

    [Fact]
    public async Task Without_OfWhatIsMatchedInAnotherOrder_FiresForEachInItsTime()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute));
        await scene.Host.Bus.PublishRawAsync("ask", "1"u8.ToArray());
        scene.Clock.Advance(10 * Second);
        await scene.Host.Bus.PublishRawAsync("ask", "2"u8.ToArray());
        await scene.MatchAsync(isReversed: true);

        await scene.PassAsync(50 * Second);
        var first = await scene.CausesAsync();
        await scene.PassAsync(10 * Second);

        first.Should().Equal("1");
        (await scene.CausesAsync()).Should().Equal("2");
    }

    // A consumer that dies between matching and settling.
    [Fact]
    public async Task Then_OfAnAnswerThatIsMatchedAgain_FiresOnce()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").FollowedBy("answer").Within(Minute));
        await scene.PublishAsync("ask", "1");
        await scene.PublishAsync("ask", "2");

        await scene.Host.Bus.PublishRawAsync("answer", "3"u8.ToArray());
        await scene.MatchAsync(times: 2);
        await scene.Host.Bus.PublishRawAsync("answer", "4"u8.ToArray());
        await scene.MatchAsync(times: 2);

        (await scene.CausesAsync()).Should().Equal("1 + 3", "2 + 4");
    }

    // The answer was matched first, and is forgotten by the time that the question comes back.
    [Fact]
    public async Task Without_OfAnAnsweredEventThatComesBackLater_DoesNotFire()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute));
        await scene.Host.Bus.PublishRawAsync("ask", "1"u8.ToArray());
        await scene.Host.Bus.PublishRawAsync("answer", "2"u8.ToArray());
        var leases = await scene.HoldAsync();
        await scene.MatchAsync(leases[1]);
        await scene.MatchAsync(leases[0]);
        scene.Clock.Advance(5 * Minute);
        for (var n = 0; n < 16; n++)
        {
            await scene.PublishAsync("answer", "3");
        }

        await scene.MatchAsync(leases[0]);
        await scene.PassAsync(Minute);

        (await scene.RaisedAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatIsKept_StaysAsLongAsSomethingWaits()
    {
        await using var scene = await CreateAsync();
        var kept = await scene.KeptAsync(await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute)));
        await scene.PublishAsync("ask", "1");
        scene.Clock.Advance(30 * Second);
        await scene.PublishAsync("ask", "2");
        await scene.PassAsync(30 * Second);
        var (fired, waits) = (await scene.CausesAsync(), await TimeToLiveAsync(kept));

        await scene.PublishAsync("answer", "3");

        fired.Should().Equal("1");
        waits.Entries.Should().BeGreaterThan(TimeSpan.FromDays(29), "an event waits, and somebody may look late");
        waits.Held.Should().BeGreaterThan(TimeSpan.FromDays(29));
        (await TimeToLiveAsync(kept)).Entries.Should().BePositive().And.BeLessThan(TimeSpan.FromHours(2), "nothing waits");
    }

    [Fact]
    public async Task WhatHasFired_CountsNoMore_AndHoldsNothing()
    {
        await using var scene = await CreateAsync();
        var kept = await scene.KeptAsync(await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute)));
        await scene.PublishAsync("ask", "1");

        await scene.PassAsync(Minute);

        (await scene.CausesAsync()).Should().Equal("1");
        (await redis.Database.SortedSetLengthAsync(kept[0], 0)).Should().Be(0);
        (await redis.Database.SortedSetLengthAsync(kept[0])).Should().Be(1, "it was seen");
        (await redis.Database.KeyExistsAsync(kept[2])).Should().BeFalse();
    }

    // What has counted is kept below zero, where no range of a span may reach.
    [Fact]
    public async Task AServerWhoseClockBeganIn1970_CountsTheSame()
    {
        await using var scene = await MatchScene.CreateAsync(redis, new FakeTimeProvider(DateTimeOffset.UnixEpoch + Minute));
        await scene.AddAsync(Trigger.On("fail").Count(2).Within(TimeSpan.FromDays(1)));

        foreach (var json in (string[])["1", "2", "3"])
        {
            await scene.PublishAsync("fail", json);
        }

        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    private static async Task PublishAsync(MatchScene scene, int after, bool isReversed)
    {
        string[] types = after < 0 ? ["answer", "ask"] : ["ask", "answer"];
        await scene.Host.Bus.PublishRawAsync(types[0], Json(types[0]));
        scene.Clock.Advance(Math.Abs(after) * Second);
        await scene.Host.Bus.PublishRawAsync(types[1], Json(types[1]));
        await scene.MatchAsync(isReversed: isReversed);

        static byte[] Json(string type) => Encoding.UTF8.GetBytes($"\"{type}\"");
    }

    private async Task<(TimeSpan? Entries, TimeSpan? Held)> TimeToLiveAsync(RedisKey[] kept) =>
        (await redis.Database.KeyTimeToLiveAsync(kept[0]), await redis.Database.KeyTimeToLiveAsync(kept[2]));

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
