using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.RateLimits;

/// <summary>A limit by key whose numbers, or whose group's mode, change while deliveries wait.</summary>
public sealed class KeyLimitChangeTests(RedisFixture redis)
{
    [Fact]
    public async Task ALargerBurst_AppliesToWhatWaitsAlready()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(4);
        await scene.ClaimAsync();
        (await scene.ClaimAsync()).Should().BeEmpty();

        await scene.SubscribeAsync(scene.Consumer.Mode with { Limit = new KeyLimit(1, 10_000_000, 3) });

        var got = await scene.ClaimAsync();
        got.Should().Equal(ids[1], ids[2]);
    }

    [Fact]
    public async Task AFasterRate_AppliesToWhatWaitsAlready()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(2);
        await scene.ClaimAsync();
        (await scene.ClaimAsync()).Should().BeEmpty();
        await scene.PassAsync(6);

        await scene.SubscribeAsync(scene.Consumer.Mode with { Limit = new KeyLimit(2, 10_000_000, 1) });

        var got = await scene.ClaimAsync();
        got.Should().Equal([ids[1]], "five seconds are over");
    }

    [Fact]
    public async Task InOrderEnds_AndOnlyTheLimitStays_WhatWaitsGoesOn()
    {
        await using var scene = new KeyLimitScene(redis, count: 1, burst: 1, places: 1);
        await scene.SubscribeAsync();
        var ids = await scene.PublishAsync(3);
        var first = await scene.Consumer.ClaimOneAsync();
        await scene.Consumer.SettleAsync(new Settlement(first, Outcome.Retry) { Delay = TimeSpan.FromDays(1) });
        (await scene.ClaimAsync()).Should().BeEmpty();
        await scene.PassAsync(3 * 3600);
        var mode = scene.Consumer.Mode with { Places = KeyMode.AnyPlaces };
        await scene.SubscribeAsync(mode);
        (await redis.Database.HashGetAsync(scene.Key("settings:default"), "places")).ToString().Should().Be("1000000");

        var got = new List<string>(await scene.ClaimAsync());
        for (var n = 0; n < 3; n++)
        {
            await scene.Consumer.SweepAsync();
            await scene.PassAsync(100);
            await scene.SubscribeAsync(mode);
            got.AddRange(await scene.ClaimAsync());
        }

        got.Should().Equal([ids[1], ids[2]], "nothing orders any more, and the limit allows them");
    }
}
