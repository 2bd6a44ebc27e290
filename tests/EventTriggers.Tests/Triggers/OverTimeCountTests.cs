using System.Text;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Triggers that decide as soon as an event is matched: so many within a time, for each value of a key, and one event after another.
/// </summary>
public sealed class OverTimeCountTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Count_FiresAtTheLastOfThem_AndBeginsAnew()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute).WithId("three"));

        var last = new List<string>();
        for (var n = 1; n <= 7; n++)
        {
            last.Add(await scene.PublishAsync("fail", $$"""{"n":{{n}}}"""));
            scene.Clock.Advance(Second);
        }

        var raised = await scene.RaisedAsync();
        raised.Select(static one => Json(one.Firing)).Should().Equal("""{"n":1}{"n":2}{"n":3}""", """{"n":4}{"n":5}{"n":6}""");
        raised.Select(static one => one.Firing.Sequence).Should().Equal(1, 2);
        raised[0].Firing.DueAt.Should().Be(raised[0].Firing.Sources[^1].PublishedAt);
        (await scene.Host.Events.FindAsync($"{id}/={last[2]}")).Should().NotBeNull("its id tells the event that completed it");
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public async Task Count_OfEventsFurtherApart_DoesNotFire(int apart, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));

        for (var n = 0; n < 3; n++)
        {
            await scene.PublishAsync("fail", "{}");
            scene.Clock.Advance(apart * Second);
        }

        (await scene.RaisedAsync()).Count.Should().Be(fires ? 1 : 0, "the last is {0} s after the first", 2 * apart);
    }

    [Fact]
    public async Task Per_CountsEachValueOnItsOwn()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Per("user.id").Count(2).Within(Minute));

        foreach (var user in (string[])["1", "2", "\"1\"", "3", "2.0", "null"])
        {
            await scene.PublishAsync("fail", $$$"""{"user":{"id":{{{user}}}}}""");
        }

        await scene.PublishAsync("fail", """{"user":{}}""");
        await scene.PublishAsync("fail", """{"user":{}}""");

        (await scene.CausesAsync()).Should().Equal("""{"user":{"id":2}} + {"user":{"id":2.0}}""");
    }

    // "Counts an event once however often it is delivered."
    [Fact]
    public async Task AnEventThatIsMatchedAgain_CountsOnce()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));

        for (var n = 1; n <= 6; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));
            await scene.MatchAsync(times: 3);
        }

        (await scene.CausesAsync()).Should().Equal("""{"n":1} + {"n":2} + {"n":3}""", """{"n":4} + {"n":5} + {"n":6}""");
    }

    // An event that was counted is delivered once more after what it counted for has fired.
    [Fact]
    public async Task AnEventThatComesBackAfterTheFiring_DoesNotCountForTheNext()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(2).Within(Minute));
        await scene.Host.Bus.PublishRawAsync("fail", "1"u8.ToArray());
        scene.Clock.Advance(Second);
        await scene.Host.Bus.PublishRawAsync("fail", "2"u8.ToArray());
        var held = await scene.HoldAsync();
        await scene.MatchAsync(held[0]);
        await scene.MatchAsync(held[1]);

        await scene.MatchAsync(held[0]);
        await scene.MatchAsync(held[1]);
        await scene.PublishAsync("fail", "3");

        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    [Fact]
    public async Task Count_OfWhatIsMatchedLate_GoesByWhenItWasPublished()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));
        for (var n = 1; n <= 3; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($"{n}"));
            scene.Clock.Advance(10 * Second);
        }

        var held = await scene.HoldAsync();
        scene.Clock.Advance(5 * Minute);
        foreach (var lease in held.Reverse())
        {
            await scene.MatchAsync(lease);
        }

        (await scene.CausesAsync()).Should().Equal("1 + 2 + 3");
    }

    [Fact]
    public async Task Then_FiresForThePair()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(
            Trigger.On("placed").Per("order").FollowedBy("paid", next => next.Matching("""{"ok":[true]}""").Per("of")).Within(30 * Minute));

        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        scene.Clock.Advance(Second);
        await scene.PublishAsync("placed", """{"order":1}""");
        await scene.PublishAsync("placed", """{"order":2}""");
        scene.Clock.Advance(Minute);
        await scene.PublishAsync("paid", """{"of":1,"ok":false}""");
        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        scene.Clock.Advance(30 * Minute);
        await scene.PublishAsync("paid", """{"of":2,"ok":true}""");

        (await scene.CausesAsync()).Should().Equal("""{"order":1} + {"of":1,"ok":true}""");
    }

    [Fact]
    public async Task Then_OfWhatIsMatchedInAnotherOrder_GoesByWhenItWasPublished()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").FollowedBy("paid").Within(Minute));
        await scene.Host.Bus.PublishRawAsync("placed", "1"u8.ToArray());
        scene.Clock.Advance(Second);
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray());

        await scene.MatchAsync(isReversed: true, times: 2);

        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    // Each is near enough to the late one, and they are not to one another.
    [Fact]
    public async Task Count_OfALateEventBetweenTwoThatAreFurtherApart_DoesNotFire()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));
        for (var n = 0; n < 3; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($"{n}"));
            scene.Clock.Advance(40 * Second);
        }

        var leases = await scene.HoldAsync();
        foreach (var n in (int[])[0, 2, 1])
        {
            await scene.MatchAsync(leases[n]);
        }

        (await scene.RaisedAsync()).Should().BeEmpty();
    }

    private static string Json(Firing firing) =>
        string.Concat(firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Payload.Span)));

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
