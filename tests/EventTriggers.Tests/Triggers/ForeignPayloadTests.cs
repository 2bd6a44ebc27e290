
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Payloads as others write them, such as texts that were cut within an emoji: they hurt nobody, and are read in one way.
/// </summary>
public sealed class ForeignPayloadTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static TheoryData<string> Texts => new("\\ud83d", "fix \\ud83d", "\\udc00\\ud83d", "\\ud83d\\u0041", "a\\udfff\\n");

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Match_OfATextThatIsNoUnicode_FiresWhatDoesNotAskForIt(string text)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await AddAsync(scene, Trigger.On("hook"), 1);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"action":["opened"]}"""), 2);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"title":[{"prefix":"fix"}]}"""), 3);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"title":[{"exists":true}]}"""), 4);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"title":[{"anything-but":"fix"}]}"""), 5);
        await AddAsync(scene, Trigger.On("hook").Per("title").AtMost(9, Minute), 6);
        await AddAsync(scene, Trigger.On("hook").Per("action").AtMost(9, Minute), 7);
        await AddAsync(scene, Trigger.On("hook").DistinctBy("title", Minute), 8);

        await scene.PublishAsync("hook", $$$"""{"{{{text}}}":1,"action":"opened","title":"{{{text}}}","n":[{"{{{text}}}":[]}]}""");

        (await RaisedAsync(scene)).Should().Equal(1, 2, 4, 5, 7);
        await AllAreMatchedAsync(scene);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Template_OfATextThatIsNoUnicode_PassesItOnAsItIs(string text)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await scene.Host.Triggers.AddAsync(
            Trigger.On("hook").Publish(new EventTemplate("order.reminder", """{"title":"$.title","no":"$.none","by":"$.by.name"}""")));
        await AddAsync(scene, Trigger.On("hook"), 1);

        await scene.PublishAsync("hook", $$$"""{"{{{text}}}":1,"title":"{{{text}}}","by":{"{{{text}}}":1,"name":2}}""");

        (await scene.RaisedAsync()).Select(static one => one.Payload).Should()
            .BeEquivalentTo($$"""{"title":"{{text}}","no":null,"by":2}""", """{"number":1}""");
    }

    // Triggers beyond a thousand are looked up by values.
    [Fact]
    public async Task LookUp_OfATextThatIsNoUnicode_FindsTheOthers()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await Task.WhenAll(
            Enumerable.Range(0, 1005).Select(n => AddAsync(scene, Trigger.On("hook").Matching($$"""{"title":["t{{n}}"]}"""), n)));

        await scene.PublishAsync("hook", """{"\ud83d":1,"title":["\ud83d","t3","t1003","t1004"]}""");

        (await RaisedAsync(scene)).Should().Equal(3, 1003, 1004);
    }

    // As a handler would read it: the last.
    [Fact]
    public async Task Match_OfANameThatIsThereTwice_TakesTheLastEverywhere()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await AddAsync(scene, Trigger.On("hook").Matching("""{"user":["a"]}"""), 1);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"user":["b"]}"""), 2);
        await scene.Host.Triggers.AddAsync(
            Trigger.On("hook").Publish(new EventTemplate("order.reminder", """{"user":"$.user","deep":"$.x.a"}""")));
        await AddAsync(scene, Trigger.On("hook").Per("user").Count(2).Within(Minute), 3);

        await MatchStoredAsync(scene, """{"user":"a","user":"b","x":{"a":1},"x":{"b":2}}""");
        await MatchStoredAsync(scene, """{"user":"c","\u0075ser":"b","x":{"a":1},"x":{"b":2}}""");

        (await scene.RaisedAsync()).Select(static one => one.Payload).Should().BeEquivalentTo(
            """{"number":2}""", """{"number":2}""", """{"user":"b","deep":null}""", """{"user":"b","deep":null}""", """{"number":3}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"a":1}garbage""")]
    [InlineData("word")]
    public async Task Match_OfAPayloadThatIsNotJson_IsADeadLetterOfTheMatcher(string json)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await AddAsync(scene, Trigger.On("hook"), 1);
        await AddAsync(scene, Trigger.On("hook").Matching("""{"a":[1]}"""), 2);

        var id = await MatchStoredAsync(scene, json);
        await scene.PublishAsync("hook", """{"a":1}""");

        (await RaisedAsync(scene)).Should().Equal(1, 2);
        (await scene.Host.Events.FindAsync(id))!.Deliveries.Single(
            static delivery => delivery.Group == TriggerMatcher.Group).Status.Should()
            .Be(DeliveryStatus.Dead);
    }

    // The first value that can be a key counts: docs/conditions.md says so.
    [Theory]
    [InlineData("""[null,"a"]""", """["a"]""", true)]
    [InlineData("""[[],{},true,"a","b"]""", "\"a\"", true)]
    [InlineData("""["\ud83d","a"]""", "\"a\"", true)]
    [InlineData("""["b","a"]""", "\"a\"", false)]
    [InlineData("1.0", "1", true)]
    [InlineData("1e400", "1e400", false)]
    [InlineData("null", "null", false)]
    public async Task Per_TakesTheFirstStringOrNumber(string first, string second, bool areTheSame)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await AddAsync(scene, Trigger.On("hook").Per("user").Count(2).Within(Minute), 1);

        await scene.PublishAsync("hook", $$"""{"user":{{first}}}""");
        await scene.PublishAsync("hook", $$"""{"user":{{second}}}""");

        (await scene.RaisedAsync()).Should().HaveCount(areTheSame ? 1 : 0);
    }

    private static Task AddAsync<TRule>(MatchScene scene, TriggerWhen<TRule> when, int number)
        where TRule : TriggerWhen<TRule> => scene.Host.Triggers.AddAsync(when.Publish(new Reminder(number)).WithId($"t{number}")).AsTask();

    // Puts a payload in place that publishing would refuse.
    private async Task<string> MatchStoredAsync(MatchScene scene, string json)
    {
        var id = (await scene.Host.Bus.PublishRawAsync("hook", "{}"u8.ToArray())).Id;
        await redis.Database.HashSetAsync(scene.Host.Keyspace.Partitions[0].Keys.Event(id), "data", json);
        await scene.MatchAsync();
        return id;
    }

    private static async Task<IReadOnlyList<int>> RaisedAsync(MatchScene scene) =>
        [
            .. (await scene.RaisedAsync())
                .Select(static one => int.Parse(one.Firing.TriggerId[1..], System.Globalization.CultureInfo.InvariantCulture)).Order(),
        ];

    private static async Task AllAreMatchedAsync(MatchScene scene) =>
        (await scene.Host.Events.QueryAsync(new EventQuery { Group = TriggerMatcher.Group }).ToListAsync())
            .Should()
                .OnlyContain(
                    static one => one.Deliveries.All(
                        static delivery => delivery.Group != TriggerMatcher.Group || delivery.Status == DeliveryStatus.Processed));
}
