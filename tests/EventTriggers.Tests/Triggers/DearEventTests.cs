namespace EventTriggers.Tests.Triggers;

/// <summary>An event and a condition that would take too long to compare: that trigger says so, and the others fire.</summary>
public sealed class DearEventTests(RedisFixture redis)
{
    private const string Problem = "comparing the event's 120015 bytes with the condition takes more than the allowed 1000000 steps";

    private static readonly string Wildcards = string.Join(',', Enumerable.Range(1, 100).Select(static n => $"{{\"wildcard\":\"*{n}*\"}}"));

    private static readonly string Json = $"{{\"b\":[7],\"a\":[{string.Join(',', Enumerable.Repeat(0, 60_000))}]}}";

    [Fact]
    [Trait("Fault", "119")]
    public async Task Match_OfMoreStepsThanAreAllowed_IsTold_AndTheOthersFire()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var dear = await scene.AddAsync(Trigger.On("in").Matching($$"""{"b":[7],"a":[{{Wildcards}}]}"""));
        var plain = await scene.AddAsync(Trigger.On("in").Matching("""{"b":[7],"a":[0]}"""));

        await scene.PublishAsync("in", Json);
        await scene.PublishAsync("in", Json);
        await scene.PublishAsync("in", """{"b":7,"a":["x1x"]}""");

        (await scene.RaisedAsync()).Select(static raised => raised.Firing.TriggerId).Should().BeEquivalentTo([plain, plain, dear]);
        (await scene.Host.Triggers.FindAsync(dear))!.Error.Should().Contain(Problem);
        scene.Host.Log.TextsOf("38").Should()
            .ContainSingle(text => text.Contains($"'{dear}'", StringComparison.Ordinal), "it is told once");
    }

    // Beyond a thousand, triggers are looked up by a value, and compared one by one.
    [Fact]
    public async Task LookUp_OfMoreStepsThanAreAllowed_IsTold_AndTheOthersFire()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await Task.WhenAll(
            Enumerable.Range(100, 1001).Select(n => scene.AddAsync(Trigger.On("in").Matching($$"""{"b":[{{n}}]}""")).AsTask()));
        var dear = await scene.AddAsync(Trigger.On("in").Matching($$"""{"b":[7],"a":[{{Wildcards}}]}"""));
        var plain = await scene.AddAsync(Trigger.On("in").Matching("""{"b":[7]}"""));

        await scene.PublishAsync("in", Json);

        (await scene.RaisedAsync()).Should().ContainSingle().Which.Firing.TriggerId.Should().Be(plain);
        (await scene.Host.Triggers.FindAsync(dear))!.Error.Should().Contain(Problem);
    }

    [Fact]
    public async Task CancelOn_OfMoreStepsThanAreAllowed_CancelsNothing_AndIsTold()
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        var kept = await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn(EventCondition.On("in", $$"""{"b":[7],"a":[{{Wildcards}}]}"""))
                .Publish(new Reminder(1)));
        var canceled = await scene.Host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn(EventCondition.On("in", """{"b":[7]}""")).Publish(new Reminder(1)));

        await scene.PublishAsync("in", Json);

        (await scene.Host.Triggers.FindAsync(kept))!.Status.Should().Be(TriggerStatus.Active);
        (await scene.Host.Triggers.FindAsync(kept))!.Error.Should().Contain($"whether it cancels is not known: {Problem}");
        (await scene.Host.Triggers.FindAsync(canceled))!.Status.Should().Be(TriggerStatus.Canceled);
    }
}
