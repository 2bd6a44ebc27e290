using System.Text;

namespace EventTriggers.Tests.Triggers;

/// <summary>What a trigger raises for an event goes on with its correlation id and its headers.</summary>
public sealed class CarriedOnTests(RedisFixture redis)
{
    private static readonly Dictionary<string, string> Headers = new() { ["tenant"] = "acme \"ü\"", ["trace"] = "00-1 2 3" };

    public static TheoryData<string> Rules => new("each", "template", "throttled", "distinct", "count", "then", "without", "debounce");

    public static TheoryData<string?, bool> Texts => new()
    {
        { "request-9", true },
        { "request-9", false },
        { null, true },
        { null, false },
        { "", true },
        { "5 9 \n {\"a\":1}\u0000 ü😀", true },
        { "5 9 \n {\"a\":1}\u0000 ü😀", false },
        { " 1 0 ", true },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task WhatATriggerRaises_HasTheCorrelationAndTheHeadersOfTheEvent(string rule)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(TriggerOf(rule));
        await PublishAsync(scene, "a", "first", new Dictionary<string, string> { ["which"] = "first" });
        scene.Clock.Advance(TimeSpan.FromMilliseconds(1));
        if (rule is "count" or "debounce" or "then")
        {
            await PublishAsync(scene, rule == "then" ? "b" : "a", "last", new Dictionary<string, string> { ["which"] = "last" });
        }

        await scene.PassAsync(TimeSpan.FromMinutes(10));

        var raised = (await scene.Host.Events.FindAsync((await scene.ClaimedAsync()).Should().ContainSingle().Subject))!;
        var which = rule is "count" or "debounce" or "then" ? "last" : "first";
        (raised.CorrelationId, raised.Key).Should().Be((which, which));
        raised.Headers.Should().Equal(new Dictionary<string, string> { ["which"] = which });
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task WhatIsCarriedOn_IsAsItWas(string? correlation, bool hasHeaders)
    {
        foreach (var rule in new[] { "each", "without", "template" })
        {
            await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
            await scene.Host.Triggers.AddAsync(TriggerOf(rule));
            await PublishAsync(scene, "a", correlation, hasHeaders ? Headers : null);
            await scene.PassAsync(TimeSpan.FromMinutes(10));

            var raised = (await scene.Host.Events.FindAsync((await scene.ClaimedAsync()).Should().ContainSingle().Subject))!;

            raised.CorrelationId.Should().Be(correlation is "" ? null : correlation);
            raised.Headers.Should().Equal(hasHeaders ? Headers : []);
            Encoding.UTF8.GetString(raised.Payload.Span).Should().Be(rule == "template" ? """{"n":1}""" : """{"number":1}""");
        }
    }

    [Fact]
    public async Task AChainOfTriggers_CarriesOnToItsEnd()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.On("a").PublishRaw("b", "{}"u8.ToArray()));
        await scene.Host.Triggers.AddAsync(Trigger.On("b").Publish(new Reminder(1)));
        await PublishAsync(scene, "a", "request-9", Headers);
        await scene.MatchAsync();

        var raised = (await scene.Host.Events.FindAsync((await scene.ClaimedAsync()).Should().ContainSingle().Subject))!;

        raised.CorrelationId.Should().Be("request-9");
        raised.Headers.Should().Equal(Headers);
        raised.Firing!.Sources.Should().ContainSingle().Which.Type.Should().Be("b");
    }

    [Fact]
    public async Task WhatATimeTriggerRaises_HasNothingToCarryOn()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).Publish(new Reminder(1)));

        await scene.PassAsync(TimeSpan.FromMinutes(1));

        var raised = (await scene.Host.Events.FindAsync((await scene.ClaimedAsync()).Should().ContainSingle().Subject))!;
        (raised.CorrelationId, raised.Headers.Count).Should().Be((null, 0));
    }

    private static Trigger TriggerOf(string rule)
    {
        var (a, span) = (Trigger.On("a"), TimeSpan.FromMinutes(5));
        return rule switch
        {
            "each" => a.Publish(new Reminder(1)),
            "template" => a.Publish(new EventTemplate("order.reminder", """{"n":"$.n"}""")),
            "throttled" => a.AtMost(1, span).Publish(new Reminder(1)),
            "distinct" => a.DistinctBy("n", span).Publish(new Reminder(1)),
            "count" => a.Count(2).Within(span).Publish(new Reminder(1)),
            "then" => a.FollowedBy("b").Within(span).Publish(new Reminder(1)),
            "without" => a.NotFollowedBy("b").Within(span).Publish(new Reminder(1)),
            "debounce" => a.Debounce(span).Publish(new Reminder(1)),
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };
    }

    private static async Task PublishAsync(MatchScene scene, string type, string? correlation, IReadOnlyDictionary<string, string>? headers)
    {
        await scene.Host.Bus.PublishRawAsync(
            type, """{"n":1}"""u8.ToArray(),
            new PublishOptions
            {
                CorrelationId = correlation, Headers = headers, Key = correlation is "first" or "last" ? correlation : null,
            });
        await scene.MatchAsync();
    }
}
