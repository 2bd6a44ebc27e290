using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// What is forgotten because there was too much of it has an edge: an event from before it cannot be judged any more, and is passed over.
/// </summary>
public sealed class OverTimeHorizonTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // With twenty that counted nothing is forgotten; the twenty-first makes the first go, and who comes from before that may have been its
    // like.
    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task Distinct_RemembersTheLastTwentyThatCounted(int counted, bool fires)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.AddAsync(Trigger.On("seen").DistinctBy("k", within: Second));
        await scene.Host.Bus.PublishRawAsync("seen", """{"k":1,"n":-1}"""u8.ToArray());
        var early = (await scene.HoldAsync()).Single();
        for (var n = 0; n < counted; n++)
        {
            scene.Clock.Advance(2 * Second);
            await scene.PublishAsync("seen", $$"""{"k":1,"n":{{n}}}""");
        }

        await scene.MatchAsync(early);

        string[] expected =
        [
            .. Enumerable.Range(0, counted).Select(static n => $$"""{"k":1,"n":{{n}}}"""), .. fires
                ? ["""{"k":1,"n":-1}"""]
                : Array.Empty<string>(),
        ];
        (await scene.CausesAsync()).Should().BeEquivalentTo(expected);
    }

    // More than 1000 wait, or more than 10 000 were seen: the newest that went is the edge. The entries are the server's, made here in its
    // form.
    [Theory]
    [InlineData(1500, 0, 1100, false)]
    [InlineData(1500, 0, 900, true)]
    [InlineData(0, 12_000, 10_100, false)]
    [InlineData(0, 12_000, 9_900, true)]
    public async Task AnEventFromBeforeWhatWasForgotten_IsPassedOver_AndReported(int open, int used, int age, bool counts)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.AddAsync(Trigger.On("ask").FollowedBy("answer").Within(TimeSpan.FromHours(1)));
        var begin = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        scene.Clock.Advance(TimeSpan.FromMilliseconds(12_000 - age));
        await scene.Host.Bus.PublishRawAsync("ask", "\"late\""u8.ToArray());
        var late = (await scene.HoldAsync()).Single();
        scene.Clock.Advance(TimeSpan.FromMilliseconds(age));
        var kept = await scene.KeptAsync(id);
        await redis.Database.SortedSetAddAsync(
            kept[0], [.. Enumerable.Range(0, open).Select(n => new SortedSetEntry($"15a{n}", begin + 12_000 - n))]);
        await redis.Database.SortedSetAddAsync(
            kept[0], [.. Enumerable.Range(0, used).Select(n => new SortedSetEntry($"15u{n}", -1 - (begin + 12_000 - n)))]);
        for (var n = 0; n < 8; n++)
        {
            await scene.PublishAsync("ask", $"{n}");
        }

        await scene.MatchAsync(late);

        var isThere = (await redis.Database.SortedSetRangeByScoreAsync(kept[0], begin + 12_000 - age, begin + 12_000 - age))
            .Any(entry => entry.ToString().EndsWith(late.Delivery.Id, StringComparison.Ordinal));
        isThere.Should().Be(counts);
        ((await scene.Host.Triggers.FindAsync(id))!.Error ?? string.Empty).StartsWith("An event was passed over", StringComparison.Ordinal)
            .Should().Be(!counts);
    }
}
