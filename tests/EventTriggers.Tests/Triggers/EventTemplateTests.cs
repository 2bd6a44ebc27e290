using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventTriggers.Tests.Triggers;

/// <summary>What templates make, and what they refuse.</summary>
public sealed class EventTemplateTests(RedisFixture redis)
{
    private const string Event = """{"a":{"b":[1,{"c":"x"},[2,3]]},"n":7.50,"":{"":"e"},"t":"\u00e9\ud83d","o":{},"a b":1}""";

    [Theory]
    [InlineData("\"$\"", Event)]
    [InlineData("""["$.a.b[1].c"]""", """["x"]""")]
    [InlineData("""["$.a.b[2][1]","$.a.b[2]"]""", """[3,[2,3]]""")]
    [InlineData("""["$.a.b[3]","$.a.b.c","$.n[0]","$.n.x","$.o.x","$.zz"]""", """[null,null,null,null,null,null]""")]
    [InlineData("""["$.n","$.n"]""", """[7.50,7.50]""")]
    [InlineData("""{"$.n":"$$.n","x":"$$","y":"$$$"}""", """{"$.n":"$.n","x":"$","y":"$$"}""")]
    [InlineData("""["$.t"]""", """["\u00e9\ud83d"]""")]
    [InlineData("""["$.a b","$.o"]""", """[1,{}]""")]
    [InlineData("\"\\u0024.n\"", "7.50")]
    [InlineData("""{ "x" : [ 1 , true , null , "y" ] }""", """{"x":[1,true,null,"y"]}""")]
    public void Render_PutsTheValuesIn(string template, string expected) =>
        Encoding.UTF8.GetString(new EventTemplate("x", template).Render(Encoding.UTF8.GetBytes(Event), 10_000)).Should().Be(expected);

    // A model that follows each reference by itself.
    [Fact]
    public void Render_OfEveryPath_FindsWhatStandsThere()
    {
        var paths = Paths(JsonNode.Parse("""{"a":[{"b":1,"c":[true,"x",{"d":null}]},{"b":{"b":2}}],"b":{"a":[[],[[5]]]}}""")!, "$")
            .ToArray();
        var json = Encoding.UTF8.GetBytes("""{"a":[{"b":1,"c":[true,"x",{"d":null}]},{"b":{"b":2}}],"b":{"a":[[],[[5]]]}}""");

        var template = new EventTemplate("x", JsonSerializer.Serialize(paths.Select(static path => path.Path)));

        Encoding.UTF8.GetString(template.Render(json, 10_000)).Should().Be($"[{string.Join(',', paths.Select(static path => path.Json))}]");
    }

    [Fact]
    public void Constructor_OfTooMuch_IsRefused()
    {
        var large = () => new EventTemplate("x", $"\"{new string('y', EventTemplate.MaxBytes - 1)}\"");

        _ = new EventTemplate("x", $"\"{new string('y', EventTemplate.MaxBytes - 2)}\"");
        large.Should().Throw<ArgumentException>()
            .WithMessage($"*at most {EventTemplate.MaxBytes} bytes, but has {EventTemplate.MaxBytes + 1}*");
    }

    [Theory]
    [InlineData("""["\ud83d"]""", "must be Unicode")]
    [InlineData("""{"\ud83d":1}""", "must be Unicode")]
    [InlineData("""{"a":1,"b":{"c":1,"\u0063":2}}""", "must not name a member twice in one object, but has 'c' twice")]
    [InlineData("""[{"$.x":1,"$.x":"$.y"}]""", "must not name a member twice in one object, but has '$.x' twice")]
    [InlineData("{\n\u001b[31m", "must be JSON, but is not at line 2, byte 1")]
    [InlineData("""["$.a[\u001b]"]""", """index must be a number, but is '\u001b'""")]
    public void Constructor_OfWhatIsNoTemplate_SaysWhy(string json, string why) =>
        FluentActions.Invoking(() => new EventTemplate("x", json)).Should().Throw<ArgumentException>()
            .WithMessage($"*{why.Replace("[", "?", StringComparison.Ordinal)}*").Which.Message.Should().NotContain("\u001b");

    // Counted before anything is made of it: 16 KB of references to 250 KB would be 1 GB.
    [Fact]
    [Trait("Fault", "117")]
    public async Task Match_OfATemplateThatMakesTooMuch_TakesNoMemory_AndTheOthersFire()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var large = await scene.Host.Triggers.AddAsync(
            Trigger.On("in").Publish(new EventTemplate("order.reminder", $"[{string.Join(',', Enumerable.Repeat("\"$\"", 4000))}]")));
        await scene.Host.Triggers.AddAsync(Trigger.On("in").Publish(new Reminder(1)));
        var json = $"\"{new string('x', 250_000)}\"";
        await scene.PublishAsync("in", json);
        await scene.RaisedAsync();

        var before = GC.GetTotalAllocatedBytes(precise: true);
        await scene.PublishAsync("in", json);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        (await scene.RaisedAsync()).Should().ContainSingle().Which.Payload.Should().Be("""{"number":1}""");
        allocated.Should().BeLessThan(512 * 1024 * 1024, "what it would make has 1 GB; the limit leaves room for tests beside it");
        (await scene.Host.Triggers.FindAsync(large))!.Error.Should().Contain("1000012001 bytes, and at most 262144");
        scene.Host.Log.TextsOf("38").Should()
            .ContainSingle(text => text.Contains($"'{large}'", StringComparison.Ordinal), "it is told once");
    }

    [Fact]
    public async Task Match_OfATemplateThatMakesItTooDeep_IsTold_AndTheOthersFire()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var deep = await scene.Host.Triggers.AddAsync(
            Trigger.On("in").Publish(new EventTemplate("order.reminder", $"{new string('[', 30)}\"$.x\"{new string(']', 30)}")));
        await scene.Host.Triggers.AddAsync(Trigger.On("in").Publish(new Reminder(1)));

        await scene.PublishAsync("in", $$"""{"x":{{new string('[', 34)}}{{new string(']', 34)}}}""");
        await scene.PublishAsync("in", $$"""{"x":{{new string('[', 35)}}{{new string(']', 35)}}}""");

        (await scene.RaisedAsync()).Select(static one => one.Payload).Should().BeEquivalentTo(
            """{"number":1}""", """{"number":1}""", $"{new string('[', 64)}{new string(']', 64)}");
        (await scene.Host.Triggers.FindAsync(deep))!.Error.Should().Contain("more than 64 levels deep");
    }

    private static IEnumerable<(string Path, string Json)> Paths(JsonNode? node, string path) =>
    [
        (path, node?.ToJsonString() ?? "null"),
        .. node switch
        {
            JsonObject all => all.SelectMany(one => Paths(one.Value, $"{path}.{one.Key}")),
            JsonArray all => all.SelectMany((one, i) => Paths(one, $"{path}[{i}]")),
            _ => [],
        },
    ];
}
