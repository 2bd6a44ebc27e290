using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>Somebody has written into the hash of a trigger or of an event: every other trigger and event goes on.</summary>
public sealed class HostileHashTests(RedisFixture redis)
{
    private static readonly string[] TriggerFields =
    [
        "kind", "status", "type", "data", "on", "pattern", "over", "per", "next", "nextpattern", "nextper", "distinct", "throttle",
        "template", "cancelon", "times", "until", "start", "fired",
        "last", "added", "spec", "version", "error", "tags", "due",
    ];

    private static readonly string[] EventFields =
    [
        "type", "data", "at", "subs", "depth", "firing", "sources", "cancelon", "headers", "correlation", "key", "refs",
    ];

    private static readonly RedisValue[] Values =
    [
        "", "word", "99999999999999999999999999", "9223372036854775807", "-5", "1.5", "a\0b", new byte[] { 0xff, 0xfe }, "{", "[1,2",
        "{\"a\":{}}", "\"\\ud800\"", " ", "1 2 3", "1:1:1", "count 0 -1 x",
        new string('9', 5000), "each 1 1 1", "5 word", "$", "null",
    ];

    public static TheoryData<string> OfTriggers => [.. TriggerFields];

    public static TheoryData<string> OfEvents => [.. EventFields];

    // Half of what matches has it in memory already when it is written, and half reads it then.
    [Theory]
    [Trait("Fault", "91")]
    [MemberData(nameof(OfTriggers))]
    public async Task Match_WhenAFieldOfATriggerIsWrong_FiresTheOthers(string field)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await AddAsync(scene, "held");
        await scene.PublishAsync("hook", Payload(0));
        await scene.RaisedAsync();
        await AddAsync(scene, "read");
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var victims = (await redis.Database.SortedSetRangeByRankAsync(keys.Triggers)).Select(static id => id.ToString())
            .Where(static id => !id.Contains('#', StringComparison.Ordinal) && !id.Contains("good", StringComparison.Ordinal)).ToArray();

        for (var n = 0; n < victims.Length; n++)
        {
            await redis.Database.HashSetAsync(keys.Trigger(victims[n]), field, Values[n % Values.Length]);
        }

        for (var n = 1; n <= 3; n++)
        {
            await scene.PublishAsync("hook", Payload(n));
            await scene.PublishAsync("next", Payload(n));
        }

        (await GoodAsync(scene))
            .Should()
            .BeEquivalentTo(
                Enumerable.Repeat("held-good", 3).Concat(Enumerable.Repeat("held-good-count", 2)).Concat(Enumerable.Repeat("read-good", 3))
                    .Concat(["read-good-count"]));
        (await scene.Host.Events.CountAsync(TriggerMatcher.Group)).Should()
            .BeEquivalentTo(new { Ready = 0L, Leased = 0L, Delayed = 0L, Dead = 0L });
    }

    [Fact]
    public async Task Match_WhenSomethingElseIsInPlaceOfATrigger_FiresTheOthers()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await AddAsync(scene, "held");
        await scene.PublishAsync("hook", Payload(0));
        await scene.RaisedAsync();
        await AddAsync(scene, "read");
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        foreach (var victim in Enumerable.Range(0, 7).SelectMany(static n => (string[])[$"held-{n}", $"read-{n}"]))
        {
            await redis.Database.KeyDeleteAsync(keys.Trigger(victim));
            await redis.Database.StringSetAsync(keys.Trigger(victim), "x");
        }

        await scene.PublishAsync("hook", Payload(1));

        (await GoodAsync(scene)).Should().BeEquivalentTo("held-good", "held-good-count", "read-good");
    }

    [Theory]
    [MemberData(nameof(OfEvents))]
    public async Task Match_WhenAFieldOfAnEventIsWrong_MatchesTheOthers(string field)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("hook").WithId("good"));
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        foreach (var value in Values)
        {
            var id = (await scene.Host.Bus.PublishRawAsync("hook", "{}"u8.ToArray())).Id;
            await redis.Database.HashSetAsync(keys.Event(id), field, value);
            await scene.Host.Bus.PublishRawAsync("hook", """{"good":true}"""u8.ToArray());
        }

        await scene.MatchAsync();

        (await scene.CausesAsync()).Count(static cause => cause == """{"good":true}""").Should().Be(Values.Length);
    }

    [Theory]
    [InlineData("subs")]
    [InlineData("depth")]
    public async Task Match_WhenWhatItGoesByIsWrong_BuriesTheEvent(string field)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("hook").WithId("good"));
        var id = (await scene.Host.Bus.PublishRawAsync("hook", "{}"u8.ToArray())).Id;
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Event(id), field, "wo\nrd");

        await scene.MatchAsync();

        var delivery = (await scene.Host.Events.FindAsync(id))!.Deliveries.Single(static one => one.Group == TriggerMatcher.Group);
        delivery.Status.Should().Be(DeliveryStatus.Dead);
        delivery.Error.Should().Contain($"Field '{field}' holds");
    }

    [Fact]
    public async Task Match_WhenTheIndexOfATypeHoldsWhatNobodyWrote_FiresTheOthers()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        await scene.AddAsync(Trigger.On("hook").WithId("good"));
        foreach (var (member, n) in Values.Concat(
            ["#", "x#", "#y", "=", "=word", "x#y~word", "x#y>99999999999999999999", "{}#y!", "x#e~", "x#y~5"]).Select(
                static (member, n) => (member, n)))
        {
            await redis.Database.SortedSetAddAsync(keys.Subscriptions("hook"), member, 5 + n);
        }

        await scene.PublishAsync("hook", "{}");

        (await GoodAsync(scene)).Should().Equal("good");
    }

    // What an operator looks at.
    [Fact]
    public async Task ATriggerThatCannotBeRead_SaysSoInItsRecordAndInTheLog()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("hook").Matching("""{"a":[1]}""").WithId("bad"));
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger("bad"), "pattern", "\u001b{");

        await scene.PublishAsync("hook", "{}");

        (await scene.Host.Triggers.FindAsync("bad"))!.Error.Should().StartWith("It cannot be read: A pattern must be JSON");
        scene.Host.Log.TextsOf("37").Should().ContainSingle().Which.Should().Contain("'bad'");
    }

    [Fact]
    public async Task ACancelOnThatCannotBeRead_IsLoggedAsTheOneOfItsEventOrTrigger()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var keys = scene.Host.Keyspace.Partitions[0].Keys;
        var hour = TimeSpan.FromHours(1);
        await scene.Host.Triggers.AddAsync(
            Trigger.After(hour).CancelOn<OrderPlaced>(o => o.Number == 1).Publish(new Reminder(1)).WithId("remind"));
        var options = new PublishOptions { Delay = hour, CancelOn = EventCondition.On<OrderPlaced>(o => o.Number == 1) };
        var id = (await scene.Host.Bus.PublishAsync(new Reminder(2), options)).Id;
        foreach (var hash in (RedisKey[])[keys.Trigger("remind"), keys.Event(id)])
        {
            await redis.Database.HashSetAsync(hash, "cancelon", "order.paid {");
        }

        await scene.PlaceAsync(1);

        scene.Host.Log.TextsOf("37").Should().BeEmpty();
        scene.Host.Log.TextsOf("61").Should().HaveCount(2).And.Contain(text => text.Contains("trigger 'remind'", StringComparison.Ordinal))
            .And.Contain(text => text.Contains($"event '{id}'", StringComparison.Ordinal));
        (await scene.Host.Triggers.FindAsync("remind"))!.Error.Should().StartWith("Its CancelOn could not be applied: ");
    }

    private static string Payload(int n) => $$"""{"n":{{n}},"user":"u"}""";

    private static async Task AddAsync(MatchScene scene, string prefix)
    {
        var hour = TimeSpan.FromHours(1);
        for (var n = 0; n < 2 * Values.Length; n += 7)
        {
            await scene.AddAsync(
                Trigger.On("hook").Matching("""{"user":["u"]}""").MaxFirings(100).Until(scene.Clock.GetUtcNow().AddDays(1))
                    .WithId($"{prefix}-{n}"));
            await scene.Host.Triggers.AddAsync(
                Trigger.On("hook").Publish(new EventTemplate("order.reminder", """{"u":"$.user"}""")).WithId($"{prefix}-{n + 1}"));
            await scene.AddAsync(Trigger.On("hook").Per("user").Count(2).Within(hour).WithId($"{prefix}-{n + 2}"));
            await scene.AddAsync(
                Trigger.On("hook").Per("user").FollowedBy("next", next => next.Matching("""{"user":["u"]}""").Per("user")).Within(hour)
                    .WithId($"{prefix}-{n + 3}"));
            await scene.AddAsync(Trigger.On("hook").DistinctBy("n", hour).AtMost(1, hour).WithId($"{prefix}-{n + 4}"));
            await scene.AddAsync(Trigger.On("other").CancelOn(EventCondition.On("hook", """{"user":["u"]}""")).WithId($"{prefix}-{n + 5}"));
            await scene.AddAsync(Trigger.On("hook").Per("user").Debounce(hour).WithId($"{prefix}-{n + 6}"));
        }

        await scene.AddAsync(Trigger.On("hook").Matching("""{"user":["u"]}""").WithId($"{prefix}-good"));
        await scene.AddAsync(Trigger.On("hook").Per("user").Count(2).Within(hour).WithId($"{prefix}-good-count"));
    }

    private static async Task<IReadOnlyList<string>> GoodAsync(MatchScene scene) =>
        [
            .. (await scene.RaisedAsync()).Select(static one => one.Firing.TriggerId)
                .Where(static id => id.Contains("good", StringComparison.Ordinal)),
        ];
}
