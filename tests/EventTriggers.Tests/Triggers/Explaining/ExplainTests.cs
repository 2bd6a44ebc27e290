using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>What is said of triggers without a rule over time: an expectation made by hand for each verdict.</summary>
public sealed class ExplainTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task ATrigger_WouldFire_AndHasFiredWhenTheEventIsMatched()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Matching("""{"n":[{"numeric":[">",5]}]}"""), "t");
        var source = await scene.PublishAsync("in", """{"n":7}""");

        var before = await scene.ExplainAsync(id, source);
        await scene.Scene.MatchAsync();
        var after = await scene.ExplainAsync(id, source);

        (before.Verdict, before.Matching!.Status, before.RaisedId).Should().Be((TriggerVerdict.WouldFire, DeliveryStatus.Ready, null));
        (before.Trigger.Id, before.EventId, before.EventType).Should().Be((id, source, "in"));
        before.SubscriptionNumber.Should().BeLessThanOrEqualTo(before.LastSubscriptionNumber!.Value);
        before.Conditions.Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Role = ConditionRole.Source, Holds = (bool?)true, Alternatives = 1 });
        before.OverTime.Should().BeNull();
        (after.Verdict, after.Matching!.Status, after.RaisedId).Should()
            .Be((TriggerVerdict.Fired, DeliveryStatus.Processed, $"t/={source}"));
        after.Raised!.Deliveries.Should().ContainSingle().Which.Status.Should().Be(DeliveryStatus.Ready);
        after.Raised.Firing!.Sources.Single().Id.Should().Be(source);
    }

    [Fact]
    public async Task APatternThatDiffers_IsLaidOut()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Matching("""{"lines":{"sku":["x"],"count":[{"numeric":[">",1]}]}}"""));
        var source = await scene.PublishAsync("in", """{"lines":[{"sku":"a","count":5},{"sku":"x","count":1}]}""");

        var explanation = await scene.ExplainAsync(id, source);

        explanation.Verdict.Should().Be(TriggerVerdict.PatternDiffers);
        explanation.Reason.Should().Contain("$.lines[");
        var condition = explanation.Conditions.Should().ContainSingle().Subject;
        condition.Holds.Should().BeFalse();
        condition.Fields.Should().BeEquivalentTo(
        [
            new FieldExplanation { Path = "$.lines[0].sku", Wanted = """["x"]""", Found = "\"a\"", Holds = false },
            new FieldExplanation { Path = "$.lines[0].count", Wanted = """[{"numeric":[">",1]}]""", Found = "5", Holds = true },
        ]);
    }

    [Fact]
    public async Task AnEventFromBeforeTheTrigger_IsPublishedBefore()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var lonely = await scene.PublishAsync("in", "{}");
        await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", "{}");
        var later = await scene.AddAsync(Trigger.On("in"));

        var (first, second) = (await scene.ExplainAsync(later, lonely), await scene.ExplainAsync(later, source));

        (first.Verdict, first.Matching).Should().Be((TriggerVerdict.PublishedBefore, null));
        second.Verdict.Should().Be(TriggerVerdict.PublishedBefore);
        second.SubscriptionNumber.Should().BeGreaterThan(second.LastSubscriptionNumber!.Value);
    }

    [Fact]
    public async Task ATriggerThatIsPausedOrHasEnded_IsNotActive()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var (paused, canceled) = (await scene.AddAsync(Trigger.On("in")), await scene.AddAsync(Trigger.On("in")));
        var once = await scene.AddAsync(Trigger.On("in").MaxFirings(1));
        var first = await scene.MatchedAsync("in", "{}");
        await scene.Host.Triggers.PauseAsync(paused);
        await scene.Host.Triggers.CancelAsync(canceled);
        var second = await scene.PublishAsync("in", "{}");

        foreach (var id in (string[])[paused, canceled, once])
        {
            (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Fired, "it was active then");
            (await scene.VerdictAsync(id, second)).Should().Be(TriggerVerdict.NotActive);
        }

        (await scene.ExplainAsync(paused, second)).Reason.Should().Contain("paused");
        (await scene.ExplainAsync(canceled, second)).Reason.Should().Contain("canceled");
        (await scene.ExplainAsync(once, second)).Reason.Should().Contain("ended");
    }

    [Fact]
    public async Task AnEventOutsideTheWindow_IsOutsideOfIt()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var now = scene.Clock.GetUtcNow();
        var early = await scene.AddAsync(Trigger.On("in").StartingAt(now + Hour));
        var over = await scene.AddAsync(Trigger.On("in").Until(now + TimeSpan.FromSeconds(1)));

        var source = await scene.PublishAsync("in", "{}");
        scene.Clock.Advance(TimeSpan.FromSeconds(2));
        var late = await scene.PublishAsync("in", "{}");

        (await scene.VerdictAsync(early, source)).Should().Be(TriggerVerdict.OutsideWindow);
        (await scene.VerdictAsync(over, source)).Should().Be(TriggerVerdict.WouldFire);
        (await scene.VerdictAsync(over, late)).Should().Be(TriggerVerdict.OutsideWindow);
    }

    [Fact]
    public async Task ATriggerForSomethingElse_IsOfAnotherType()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("in"));
        var (other, timed) = (await scene.AddAsync(Trigger.On("out")), await scene.AddAsync(Trigger.After(Hour)));
        var source = await scene.PublishAsync("in", "{}");

        (await scene.VerdictAsync(other, source)).Should().Be(TriggerVerdict.OtherType);
        (await scene.VerdictAsync(timed, source)).Should().Be(TriggerVerdict.OtherType);
    }

    [Fact]
    public async Task AnEventThatCancelsTheTrigger_SaysSo()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.After(Hour).CancelOn(EventCondition.On("paid", """{"order":[7]}""")));
        await scene.Host.Triggers.RescheduleAsync(id, scene.Clock.GetUtcNow() + TimeSpan.FromDays(40));
        var (other, paid) = (await scene.PublishAsync("paid", """{"order":8}"""), await scene.PublishAsync("paid", """{"order":7}"""));

        (await scene.VerdictAsync(id, other)).Should().Be(TriggerVerdict.PatternDiffers);
        var explanation = await scene.ExplainAsync(id, paid);
        await scene.Scene.MatchAsync();

        explanation.Verdict.Should().Be(TriggerVerdict.Cancels);
        explanation.Conditions.Should().ContainSingle().Which.Role.Should().Be(ConditionRole.Cancel);
        (await scene.ExplainAsync(id, paid)).Reason.Should().Contain("canceled");
    }

    [Fact]
    public async Task AnEventThatTheTriggerLedTo_IsItsOwn_AndALongChainEnds()
    {
        await using var scene = await ExplainScene.CreateAsync(redis, static options => options.MaxTriggerChain = 2);
        for (var n = 0; n < 4; n++)
        {
            await scene.Host.Triggers.AddAsync(Trigger.On($"step{n}").Publish(new EventTemplate($"step{n + 1}", "{}")).WithId($"t{n}"));
        }

        await scene.Host.Triggers.AddAsync(Trigger.On("step1").Publish(new EventTemplate("step1", "{}")).WithId("self"));
        await scene.MatchedAsync("step0", "{}");
        await scene.Scene.MatchAsync();
        var own = await RaisedByAsync(scene, "self");
        var second = await RaisedByAsync(scene, "t1");

        (await scene.VerdictAsync("self", own)).Should().Be(TriggerVerdict.ChainTooLong, "another trigger would go on with it");
        var explanation = await scene.ExplainAsync("t2", second);
        (explanation.Verdict, explanation.Reason).Should().Match<(TriggerVerdict Verdict, string Reason)>(
            static one => one.Verdict == TriggerVerdict.ChainTooLong && one.Reason.Contains("MaxTriggerChain", StringComparison.Ordinal));
        await scene.Scene.MatchAsync();
        (await scene.Host.Events.CountAsync(TriggerMatcher.Group)).Dead.Should().Be(2);
    }

    [Fact]
    public async Task AnEventThatTheTriggerLedTo_IsItsOwn()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.Host.Triggers.AddAsync(Trigger.On("in").Publish(new EventTemplate("in", "{}")).WithId("self"));
        await scene.MatchedAsync("in", "{}");

        (await scene.VerdictAsync("self", await RaisedByAsync(scene, "self"))).Should().Be(TriggerVerdict.OwnEvent);
    }

    // What an event may lead to is shared by all triggers that would fire for it.
    [Fact]
    public async Task MoreTriggersThanAnEventMayLeadTo_FireNotAtAll()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.Host.Triggers.AddAsync(Trigger.On("in").Publish(new EventTemplate("mid", "{}")).WithId("first"));
        for (var n = 0; n < 3; n++)
        {
            await scene.Host.Triggers.AddAsync(Trigger.On("mid").Publish(new EventTemplate("out", "{}")).WithId($"t{n}"));
        }

        await scene.MatchedAsync("in", "{}");
        var raised = await RaisedByAsync(scene, "first");
        var key = scene.Host.Keyspace.Partitions[0].Keys.Event(raised);
        var depth = (string)(await redis.Database.HashGetAsync(key, "depth"))!;
        await redis.Database.HashSetAsync(key, "depth", depth.Replace(":1000:", ":3:", StringComparison.Ordinal));
        (await scene.VerdictAsync("t1", raised)).Should().Be(TriggerVerdict.WouldFire);
        await redis.Database.HashSetAsync(key, "depth", depth.Replace(":1000:", ":2:", StringComparison.Ordinal));
        (await scene.VerdictAsync("t1", raised)).Should().Be(TriggerVerdict.ChainTooLong);
        await scene.Scene.MatchAsync();

        (await scene.Host.Events.CountAsync(TriggerMatcher.Group)).Dead.Should().Be(1);
    }

    [Fact]
    public async Task ATemplateThatMakesTooMuch_RaisesTooMuch()
    {
        await using var scene = await ExplainScene.CreateAsync(redis, static options => options.MaxPayloadBytes = 1024);
        var text = new string('x', 600);
        var id = await scene.Host.Triggers.AddAsync(
            Trigger.On("in").Publish(new EventTemplate("out", """{"a":"$.text","b":"$.text"}""")).WithId("t"));

        (await scene.VerdictAsync(id, await scene.PublishAsync("in", $$"""{"text":"{{text}}"}"""))).Should()
            .Be(TriggerVerdict.RaisesTooMuch);
        (await scene.VerdictAsync(id, await scene.PublishAsync("in", """{"text":"x"}"""))).Should().Be(TriggerVerdict.WouldFire);
    }

    [Fact]
    public async Task AComparisonOfTooManySteps_IsUndecided()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var wildcards = string.Join(',', Enumerable.Range(1, 100).Select(static n => $"{{\"wildcard\":\"*{n}*\"}}"));
        var id = await scene.AddAsync(Trigger.On("in").Matching($$"""{"b":[7],"a":[{{wildcards}}]}"""));
        var source = await scene.PublishAsync("in", $"{{\"b\":[7],\"a\":[{string.Join(',', Enumerable.Repeat(0, 60_000))}]}}");

        var explanation = await scene.ExplainAsync(id, source);

        explanation.Verdict.Should().Be(TriggerVerdict.Undecided);
        explanation.Conditions.Should().ContainSingle().Which.Holds.Should().BeNull();
    }

    [Fact]
    public async Task AnEventThatIsNotMatched_SaysWhy()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in"));
        await scene.Host.Triggers.PauseAsync(id);
        var passed = await scene.MatchedAsync("in", "{}");
        await scene.Host.Triggers.ResumeAsync(id);
        var canceled = await scene.PublishAsync("in", "{}");
        await scene.Host.Events.CancelAsync(canceled);
        var delayed = await scene.PublishAsync("in", "{}", new PublishOptions { Delay = Hour });
        var expired = await scene.PublishAsync("in", "{}", new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(1) });
        (await scene.VerdictAsync(id, expired)).Should().Be(TriggerVerdict.WouldFire);
        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        (await scene.VerdictAsync(id, passed)).Should().Be(TriggerVerdict.MatchedEarlier);
        (await scene.VerdictAsync(id, canceled)).Should().Be(TriggerVerdict.EventEnded);
        (await scene.VerdictAsync(id, delayed)).Should().Be(TriggerVerdict.WouldFire);
        (await scene.VerdictAsync(id, expired)).Should().Be(TriggerVerdict.EventEnded);
        await scene.Scene.MatchAsync();
        (await scene.ExplainAsync(id, expired)).Should().Match<TriggerExplanation>(
            static one => one.Verdict == TriggerVerdict.EventEnded && one.Matching!.Status == DeliveryStatus.Expired);
    }

    // An event is a dead letter where it has too many values by which triggers are looked up.
    [Fact]
    public async Task AnEventWithTooManyValues_IsADeadLetter()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(n => scene.AddAsync(Trigger.On("in").Matching($$"""{"n":[{{n}}]}"""), $"z{n}")));
        var (some, plain) = (
            await scene.AddAsync(Trigger.On("in").Matching("""{"order":[7]}"""), "a"), await scene.AddAsync(Trigger.On("in"), "b"));
        var json = $$"""{"order":[{{string.Join(',', Enumerable.Range(0, 10_001))}}]}""";
        var few = await scene.PublishAsync("in", json.Replace(",10000]", "]", StringComparison.Ordinal));
        var many = await scene.PublishAsync("in", json);

        (await scene.VerdictAsync(some, few)).Should().Be(TriggerVerdict.WouldFire);
        (await scene.VerdictAsync(some, many)).Should().Be(TriggerVerdict.DeadLetter);
        var all = await scene.ExplainTypeAsync("in", json);
        all.Triggers.Single(one => one.Trigger.Id == plain).Verdict.Should().Be(TriggerVerdict.DeadLetter);
        await scene.Scene.MatchAsync();
        (await scene.VerdictAsync(some, few)).Should().Be(TriggerVerdict.Fired);
        (await scene.ExplainAsync(some, many)).Matching!.Status.Should().Be(DeliveryStatus.Dead);
    }

    [Fact]
    public async Task WhatDoesNotExist_IsNotExplained()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in"));
        var source = await scene.PublishAsync("in", "{}");

        (await scene.Host.Triggers.ExplainAsync("none", source)).Should().BeNull();
        (await scene.Host.Triggers.ExplainAsync(id, "none")).Should().BeNull();
    }

    [Theory]
    [InlineData("a b", "e")]
    [InlineData("t", "")]
    public async Task ABadId_IsRefused(string trigger, string source)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);

        await scene.Host.Invoking(host => host.Triggers.ExplainAsync(trigger, source).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    private static async Task<string> RaisedByAsync(ExplainScene scene, string trigger) =>
        (await scene.Host.Events.QueryAsync(new EventQuery { Group = TriggerMatcher.Group }).ToListAsync())
            .First(one => one.Firing?.TriggerId == trigger).Id;
}
