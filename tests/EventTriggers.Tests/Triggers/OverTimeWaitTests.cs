using System.Text;

namespace EventTriggers.Tests.Triggers;

/// <summary>Triggers that wait for a moment: for what does not follow, and for quiet.</summary>
public sealed class OverTimeWaitTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Without_FiresWhenTheTimeIsUp()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Per("order").NotFollowedBy("paid").Within(30 * Minute));
        await scene.PublishAsync("placed", """{"order":1}""");
        await scene.PublishAsync("placed", """{"order":2}""");
        scene.Clock.Advance(Minute);
        await scene.PublishAsync("paid", """{"order":1}""");

        await scene.PassAsync((29 * Minute) - TimeSpan.FromMilliseconds(1));
        var early = await scene.RaisedAsync();
        await scene.PassAsync(TimeSpan.FromMilliseconds(1));
        await scene.AdvanceAsync();
        var raised = await scene.RaisedAsync();
        await scene.PassAsync(Minute);

        early.Should().BeEmpty();
        raised.Select(static one => Json(one.Firing)).Should().Equal("""{"order":2}""");
        raised[0].Firing.DueAt.Should().Be(raised[0].Firing.Sources[0].PublishedAt.AddMinutes(30));
        (await scene.RaisedAsync()).Should().BeEmpty();
        (await scene.Host.Triggers.FindAsync(id))!.FiringCount.Should().Be(1);
    }

    // Each beat answers the one before.
    [Fact]
    public async Task Without_OfTheSameType_TellsThatItHasStopped()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("beat").Per("host").NotFollowedBy("beat").Within(30 * Second));
        for (var n = 1; n <= 5; n++)
        {
            await scene.PublishAsync("beat", $$"""{"host":"a","n":{{n}}}""");
            await scene.PassAsync(20 * Second);
        }

        var before = await scene.RaisedAsync();
        await scene.PassAsync(20 * Second);

        before.Should().BeEmpty();
        (await scene.CausesAsync()).Should().Equal("""{"host":"a","n":5}""");
    }

    // The answer is published in time, and is matched when the time is up: it waits behind others, or whoever had it was lost.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_WaitsForAnswersThatAreNotMatchedYet(bool isClaimed)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").NotFollowedBy("paid").Within(Minute));
        await scene.PublishAsync("placed", "1");
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray());
        var held = isClaimed ? await scene.HoldAsync() : [];

        await scene.PassAsync(Minute + Second);
        var meanwhile = await scene.RaisedAsync();
        foreach (var lease in isClaimed ? held : await scene.HoldAsync())
        {
            await scene.MatchAsync(lease);
        }

        await scene.PassAsync(Minute);

        meanwhile.Should().BeEmpty();
        (await scene.RaisedAsync()).Should().BeEmpty("it was answered");
    }

    [Fact]
    public async Task Debounce_FiresOnceItIsQuiet_WithTheLast()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Per("file").Debounce(10 * Second));
        for (var n = 1; n <= 3; n++)
        {
            await scene.PublishAsync("saved", $$"""{"file":"a","n":{{n}}}""");
            await scene.PassAsync(9 * Second);
        }

        var before = await scene.RaisedAsync();
        await scene.PassAsync(Second);
        var after = await scene.CausesAsync();
        await scene.PublishAsync("saved", """{"file":"a","n":4}""");
        await scene.PassAsync(10 * Second);

        before.Should().BeEmpty();
        after.Should().Equal("""{"file":"a","n":3}""");
        (await scene.CausesAsync()).Should().Equal("""{"file":"a","n":4}""");
    }

    [Fact]
    public async Task Debounce_ThatIsNeverQuiet_FiresAfterItsLongestWait()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second, maxWait: 25 * Second));
        for (var n = 1; n <= 6; n++)
        {
            await scene.PublishAsync("saved", $"{n}");
            await scene.PassAsync(5 * Second);
        }

        (await scene.CausesAsync()).Should().Equal("5");
    }

    // Far more events than are kept: the first still says since when it waits.
    [Fact]
    public async Task Debounce_OfAStreamThatNeverEnds_FiresAfterItsLongestWait()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second, maxWait: Minute).WithId("t"));
        for (var n = 0; n < 13; n++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scene.Host.Bus.PublishRawAsync("saved", "1"u8.ToArray()).AsTask()));
            await scene.MatchAsync();
            await scene.PassAsync(5 * Second);
        }

        (await scene.RaisedAsync()).Should().ContainSingle();
    }

    // Nobody looked for a while: what was not answered in its time fires all the same.
    [Fact]
    public async Task Without_ThatNobodyLookedAtForLong_StillFires()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("beat").NotFollowedBy("beat").Within(5 * Second).WithId("t"));
        await scene.PublishAsync("beat", "1");
        scene.Clock.Advance(Minute);
        for (var n = 2; n <= 9; n++)
        {
            await scene.PublishAsync("beat", $"{n}");
        }

        await scene.AdvanceAsync();

        (await scene.CausesAsync()).Should().Equal("1");
    }

    // An event that is published for tomorrow is no answer that is on its way.
    [Fact]
    public async Task Without_DoesNotWaitForEventsThatAreDelayed()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").NotFollowedBy("paid").Within(Minute));
        await scene.PublishAsync("placed", "1");
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray(), new PublishOptions { Delay = TimeSpan.FromHours(1) });

        await scene.PassAsync(Minute);

        (await scene.CausesAsync()).Should().Equal("1");
    }

    [Fact]
    public async Task WhatHasFiredByTime_LeavesNothingThatDoesNotExpire()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Per("n").NotFollowedBy("paid").Within(Minute).WithId("t"));
        await scene.PublishAsync("placed", """{"n":1}""");

        await scene.PassAsync(Minute);

        (await scene.RaisedAsync()).Should().ContainSingle();
        var kept = new List<StackExchange.Redis.RedisKey>();
        foreach (var server in redis.Connection.GetServers())
        {
            kept.AddRange(await server.KeysAsync(pattern: $"*{scene.Host.Prefix}*{id}#*").ToListAsync());
        }

        kept.Should().NotBeEmpty();
        (await Task.WhenAll(kept.Select(key => redis.Database.KeyTimeToLiveAsync(key)))).Should().NotContainNulls();
    }

    private static string Json(Firing firing) =>
        string.Concat(firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Payload.Span)));

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
