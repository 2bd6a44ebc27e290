using System.Text;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Triggers over time and events of one millisecond, or that are matched long after others; and what is said when something is given up for
/// it.
/// </summary>
public sealed class OverTimeLateTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // Events of one millisecond stand in the order in which they were accepted, in whatever order they are matched.
    [Theory]
    [InlineData("ask answer", false, true)]
    [InlineData("ask answer", true, true)]
    [InlineData("answer ask", false, false)]
    [InlineData("answer ask", true, false)]
    public async Task Then_OfEventsOfOneMillisecond_FollowsTheOrderOfAcceptance(string types, bool isReversed, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").FollowedBy("answer").Within(Minute));

        await PublishAsync(scene, types.Split(' '));
        await scene.MatchAsync(isReversed: isReversed);

        (await scene.CausesAsync()).Should().Equal(fires ? ["0 + 1"] : []);
    }

    [Theory]
    [InlineData("ask answer", false, false)]
    [InlineData("ask answer", true, false)]
    [InlineData("answer ask", false, true)]
    [InlineData("answer ask", true, true)]
    public async Task Without_OfEventsOfOneMillisecond_FollowsTheOrderOfAcceptance(string types, bool isReversed, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute));

        await PublishAsync(scene, types.Split(' '));
        await scene.MatchAsync(isReversed: isReversed);
        await scene.PassAsync(Minute);

        (await scene.CausesAsync()).Should().Equal(fires ? ["1"] : []);
    }

    // The ids of the library sort otherwise than they were given where several processes publish; these do not sort at all.
    [Fact]
    [Trait("Fault", "115")]
    public async Task Count_OfEventsOfOneMillisecond_TellsThemInTheOrderOfAcceptance()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").Count(4).Within(Minute));

        foreach (var n in (int[])[3, 1, 2, 0])
        {
            await scene.Host.Bus.PublishRawAsync("ask", Encoding.UTF8.GetBytes($"{n}"), new PublishOptions { Id = $"e{n}" });
        }

        await scene.MatchAsync(isReversed: true);

        (await scene.CausesAsync()).Should().Equal("3 + 1 + 2 + 0");
    }

    // One call publishes them all, and more than nine: numbers sort as numbers.
    [Fact]
    public async Task Count_OfEventsThatWerePublishedTogether_TellsThemInTheirOrder()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("order.placed").Per("country").Count(10).Within(Minute));
        await scene.Host.Bus.PublishManyAsync([.. Enumerable.Range(0, 30).Select(static n => new OrderPlaced(n))]);

        await scene.MatchAsync(isReversed: true);

        var all = await scene.RaisedAsync();
        all.Should().HaveCount(3);
        all.Select(
            static one => string.Join(
                ' ', one.Firing.Sources.Select(
                    static source => System.Text.Json.JsonDocument.Parse(source.Payload).RootElement.GetProperty("number").GetInt32())))
            .Should().BeEquivalentTo("0 1 2 3 4 5 6 7 8 9", "10 11 12 13 14 15 16 17 18 19", "20 21 22 23 24 25 26 27 28 29");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_OfHeartbeatsOfOneMillisecond_FiresForTheLast(bool isReversed)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("beat").NotFollowedBy("beat").Within(30 * Second));

        await PublishAsync(scene, "beat", "beat", "beat");
        await scene.MatchAsync(isReversed: isReversed);
        await scene.PassAsync(30 * Second);

        (await scene.CausesAsync()).Should().Equal("2");
    }

    // One after another, as claims bring them; the advance between is what fired for each.
    [Fact]
    [Trait("Fault", "116")]
    public async Task Debounce_OfABurstThatIsMatchedLate_FiresOnce()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second));
        await PublishAsync(scene, 5 * Second, "saved", "saved", "saved", "saved");
        var held = await scene.HoldAsync();
        scene.Clock.Advance(Minute);

        foreach (var lease in held)
        {
            await scene.MatchAsync(lease);
            await scene.AdvanceAsync();
        }

        await scene.PassAsync(Second);
        (await scene.CausesAsync()).Should().Equal("3");
    }

    [Fact]
    public async Task Debounce_OfBurstsThatWereApart_FiresForEach()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second));
        await PublishAsync(scene, 5 * Second, "saved", "saved");
        scene.Clock.Advance(20 * Second);
        await PublishAsync(scene, 5 * Second, "saved", "saved");

        await scene.MatchAsync(isReversed: true);
        await scene.PassAsync(Minute);

        (await scene.CausesAsync()).Should().BeEquivalentTo("1", "1");
    }

    // Nobody matched for an hour: what answers stands behind what it answers.
    [Fact]
    public async Task Without_OfABacklog_WaitsForWhatStandsBehindIt()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Minute));
        await PublishAsync(scene, Second, "ask", "answer");
        scene.Clock.Advance(TimeSpan.FromHours(1));

        foreach (var lease in await scene.HoldAsync())
        {
            await scene.MatchAsync(lease);
            await scene.AdvanceAsync();
        }

        await scene.PassAsync(Minute);
        (await scene.RaisedAsync()).Should().BeEmpty();
    }

    // Somebody has an event and does not match it.
    [Fact]
    public async Task Without_OfAnEventThatIsNeverMatched_FiresAfterAMinute()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("ask").NotFollowedBy("answer").Within(Second));
        await scene.PublishAsync("ask", "1");
        await PublishAsync(scene, "answer");
        await scene.HoldAsync();

        await scene.PassAsync(Second);
        await scene.PassAsync(Minute - Second);
        var before = await scene.RaisedAsync();
        await scene.PassAsync(2 * Second);

        before.Should().BeEmpty();
        (await scene.CausesAsync()).Should().Equal("1");
    }

    [Fact]
    public async Task Throttle_OfAnEventThatComesLate_IsNotExceeded()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("alarm").AtMost(1, Second));
        await PublishAsync(scene, 10 * TimeSpan.FromMilliseconds(1), "alarm", "alarm");
        scene.Clock.Advance(10 * Second);
        await PublishAsync(scene, "alarm");
        var held = await scene.HoldAsync();

        foreach (var n in (int[])[0, 2, 1])
        {
            await scene.MatchAsync(held[n]);
        }

        (await scene.CausesAsync()).Should().Equal("0", "0");
    }

    [Fact]
    public async Task Distinct_OfAnEventThatComesLate_KeepsTheNewer()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("seen").DistinctBy("id", within: Second));
        foreach (var ms in (int[])[10_000, 500, 0])
        {
            await scene.Host.Bus.PublishRawAsync("seen", Encoding.UTF8.GetBytes($$"""{"id":1,"next":{{ms}}}"""));
            scene.Clock.Advance(TimeSpan.FromMilliseconds(ms));
        }

        var held = await scene.HoldAsync();
        foreach (var n in (int[])[1, 0, 2])
        {
            await scene.MatchAsync(held[n]);
        }

        (await scene.CausesAsync()).Should()
            .Equal(["""{"id":1,"next":500}""", """{"id":1,"next":10000}"""], "the third is half a second after the second");
    }

    [Fact]
    public async Task Then_OfOneType_UsesAnEventOnce()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("step").FollowedBy("step").Within(Minute));
        await PublishAsync(scene, Second, "step", "step", "step");
        var held = await scene.HoldAsync();

        foreach (var n in (int[])[1, 0, 2])
        {
            await scene.MatchAsync(held[n]);
        }

        (await scene.CausesAsync()).Should().Equal("0 + 1");
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public async Task AnEventThatIsTooMuchOlderThanOthers_IsPassedOver_AndReported(int seconds, bool fires)
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(2).Within(Second));
        await PublishAsync(scene, "fail", "fail");
        scene.Clock.Advance(seconds * Second);
        await PublishAsync(scene, "fail");
        var held = await scene.HoldAsync();

        foreach (var n in (int[])[2, 0, 1])
        {
            await scene.MatchAsync(held[n]);
        }

        (await scene.CausesAsync()).Should().Equal(fires ? ["0 + 1"] : []);
        (await scene.Host.Triggers.FindAsync(id))!.Error.Should()
            .Match(error => fires ? error == null : error!.Contains("more than 60000 ms newer", StringComparison.Ordinal));
        scene.Host.Log.Texts.Count(text => text.StartsWith($"Trigger '{id}' dropped an event", StringComparison.Ordinal)).Should()
            .Be(fires ? 0 : 1, "it is said once a minute");
    }

    [Fact]
    public async Task AnEventThatIsMatchedAfterWhatIsKeptIsGone_Counts_AndIsReported()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(2).Within(Second));
        await PublishAsync(scene, "fail", "fail");
        var held = await scene.HoldAsync();
        await scene.MatchAsync(held[0]);
        await redis.Database.KeyDeleteAsync(await scene.KeptAsync(id));
        scene.Clock.Advance(2 * Minute);

        await scene.MatchAsync(held[1]);

        (await scene.RaisedAsync()).Should().BeEmpty();
        scene.Host.Log.Texts.Should()
            .ContainSingle(
                text => text.StartsWith($"Trigger '{id}' dropped an event", StringComparison.Ordinal)
                    && text.Contains("may have been forgotten", StringComparison.Ordinal));
    }

    private static Task PublishAsync(MatchScene scene, params string[] types) => PublishAsync(scene, TimeSpan.Zero, types);

    private static async Task PublishAsync(MatchScene scene, TimeSpan apart, params string[] types)
    {
        for (var n = 0; n < types.Length; n++)
        {
            await scene.Host.Bus.PublishRawAsync(types[n], Encoding.UTF8.GetBytes($"{n}"));
            scene.Clock.Advance(apart);
        }
    }

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
