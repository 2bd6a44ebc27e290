namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>What is said of triggers with a rule over time: an expectation made by hand for each verdict.</summary>
public sealed class ExplainOverTimeTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task ACount_SaysWhatCountsWhatIsMissingAndUntilWhen()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").Per("user").Count(4).Within(Minute));
        var (first, _) = (await scene.MatchedAsync("in", """{"user":"ann"}""", 10), await scene.MatchedAsync("in", """{"user":"bob"}""", 10));
        var second = await scene.PublishAsync("in", """{"user":"ann"}""");

        var before = await scene.ExplainAsync(id, second);
        await scene.Scene.MatchAsync();
        var after = await scene.ExplainAsync(id, second);

        foreach (var explanation in (TriggerExplanation[])[before, after])
        {
            explanation.Verdict.Should().Be(TriggerVerdict.Incomplete);
            var rule = explanation.OverTime!;
            (rule.Kind, rule.Key, rule.Missing, rule.Until).Should().Be((OverTimeKind.Count, "ann", 2, start + Minute));
            rule.Events.Select(static one => (one.Id, one.PublishedAt, one.Role)).Should().Equal(
                (first, start, ConditionRole.Source), (second, start + TimeSpan.FromSeconds(20), ConditionRole.Source));
        }
    }

    // The first event no longer helps: the span that begins with the second is the one that can still be completed.
    [Fact]
    public async Task ACountThatIsTooFarApart_SaysSinceWhenItCounts()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").Count(3).Within(Minute));
        await scene.MatchedAsync("in", "{}", 40);
        await scene.MatchedAsync("in", "{}", 40);
        var last = await scene.MatchedAsync("in", "{}");

        var rule = (await scene.ExplainAsync(id, last)).OverTime!;

        (rule.Missing, rule.Until, rule.Events.Count).Should().Be((1, start + TimeSpan.FromSeconds(40) + Minute, 2));
    }

    [Fact]
    public async Task ACountThatIsCompleted_FiresForTheLast_AndTheOthersAreUsed()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Count(2).Within(Minute), "t");
        var (first, second) = (await scene.MatchedAsync("in", "{}"), await scene.PublishAsync("in", "{}"));

        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Incomplete);
        (await scene.VerdictAsync(id, second)).Should().Be(TriggerVerdict.WouldFire);
        await scene.Scene.MatchAsync();

        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Used);
        var fired = await scene.ExplainAsync(id, second);
        (fired.Verdict, fired.RaisedId).Should().Be((TriggerVerdict.Fired, $"t/={second}"));
        fired.Raised!.Firing!.Sources.Select(static source => source.Id).Should().Equal(first, second);
    }

    [Fact]
    public async Task AnEventThatIsToBeFollowed_SaysUntilWhen()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(
            Trigger.On("in").Per("order").FollowedBy("paid", static next => next.Per("for")).Within(Minute));
        var first = await scene.MatchedAsync("in", """{"order":7}""", 10);
        var (other, next) = (await scene.PublishAsync("paid", """{"for":8}"""), await scene.PublishAsync("paid", """{"for":7}"""));

        var waiting = await scene.ExplainAsync(id, first);
        (waiting.Verdict, waiting.OverTime!.Key, waiting.OverTime.Missing, waiting.OverTime.Until).Should()
            .Be((TriggerVerdict.Incomplete, "7", 1, start + Minute));
        var answer = await scene.ExplainAsync(id, other);
        (answer.Verdict, answer.OverTime!.Key, answer.OverTime.Missing, answer.OverTime.Until).Should()
            .Be((TriggerVerdict.Incomplete, "8", 1, null));
        answer.Conditions.Should().ContainSingle().Which.Role.Should().Be(ConditionRole.Following);
        (await scene.VerdictAsync(id, next)).Should().Be(TriggerVerdict.WouldFire);
        await scene.Scene.MatchAsync();

        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Used);
        (await scene.VerdictAsync(id, next)).Should().Be(TriggerVerdict.Fired);
    }

    [Fact]
    public async Task AnEventThatIsNotToBeFollowed_WaitsAndIsAnswered()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").Per("order").NotFollowedBy("paid").Within(Minute));
        var (first, lonely) = (await scene.PublishAsync("in", """{"order":7}"""), await scene.PublishAsync("in", """{"order":8}"""));

        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Waits);
        await scene.Scene.MatchAsync();
        var waiting = await scene.ExplainAsync(id, first);
        (waiting.Verdict, waiting.OverTime!.DueAt).Should().Be((TriggerVerdict.Waits, start + Minute));
        scene.Clock.Advance(TimeSpan.FromSeconds(10));
        var paid = await scene.PublishAsync("paid", """{"order":7}""");
        (await scene.VerdictAsync(id, paid)).Should().Be(TriggerVerdict.Answers);
        await scene.Scene.MatchAsync();
        var answered = await scene.ExplainAsync(id, first);
        (answered.Verdict, answered.OverTime!.AnsweredBy, answered.OverTime.DueAt).Should().Be((TriggerVerdict.Answered, paid, null));
        (await scene.VerdictAsync(id, paid)).Should().Be(TriggerVerdict.Answers);
        await scene.Scene.PassAsync(Minute);

        (await scene.VerdictAsync(id, lonely)).Should().Be(TriggerVerdict.Fired);
        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Answered);
    }

    // An answer that was matched before what it answers.
    [Fact]
    public async Task AnEventWhoseAnswerIsThere_IsAnswered()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").NotFollowedBy("paid").Within(Minute));
        var first = await scene.PublishAsync("in", "{}");
        var held = await scene.Scene.HoldAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(5));
        var paid = await scene.MatchedAsync("paid", "{}");

        var before = await scene.ExplainAsync(id, first);
        await scene.Scene.MatchAsync(held.Single());

        (before.Verdict, before.OverTime!.AnsweredBy).Should().Be((TriggerVerdict.Answered, paid));
        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Answered);
    }

    // Shown once more it would be late, because that it was seen is forgotten; but it waits.
    [Fact]
    public async Task AnEventThatStillWaits_IsNotLate()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").NotFollowedBy("in").Within(TimeSpan.FromSeconds(1)));
        var first = await scene.MatchedAsync("in", "{}", 600);
        for (var n = 0; n < 8; n++)
        {
            await scene.MatchedAsync("in", "{}");
        }

        var explanation = await scene.ExplainAsync(id, first);

        (explanation.Verdict, explanation.OverTime!.DueAt).Should().Be((TriggerVerdict.Waits, start + TimeSpan.FromSeconds(1)));
        await scene.Scene.PassAsync(Minute);
        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Fired);
    }

    [Fact]
    public async Task ABurst_FiresWhenItEnds_WithTheLastEvent()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").Debounce(Minute, TimeSpan.FromSeconds(100)));
        var first = await scene.MatchedAsync("in", "{}", 50);
        (await scene.ExplainAsync(id, first)).OverTime!.DueAt.Should().Be(start + Minute);
        var second = await scene.PublishAsync("in", "{}");

        var before = await scene.ExplainAsync(id, second);
        await scene.Scene.MatchAsync();
        (before.Verdict, before.OverTime!.DueAt, before.OverTime.Events.Count).Should()
            .Be((TriggerVerdict.Waits, start + TimeSpan.FromSeconds(100), 2), "maxWait ends it");
        (await scene.ExplainAsync(id, first)).OverTime!.DueAt.Should().Be(start + TimeSpan.FromSeconds(100));
        await scene.Scene.PassAsync(Minute);

        (await scene.VerdictAsync(id, second)).Should().Be(TriggerVerdict.Fired);
        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Used);
    }

    [Fact]
    public async Task MoreThanAtMost_IsThrottled_UntilTheSpanIsOver()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").AtMost(2, Minute));
        await scene.MatchedAsync("in", "{}", 10);
        await scene.MatchedAsync("in", "{}", 10);
        var third = await scene.PublishAsync("in", "{}");

        var before = await scene.ExplainAsync(id, third);
        await scene.Scene.MatchAsync();

        before.Verdict.Should().Be(TriggerVerdict.Throttled);
        before.OverTime!.RecentFirings.Should().Equal(start, start + TimeSpan.FromSeconds(10));
        before.OverTime.FreeAt.Should().Be(start + Minute);
        (await scene.VerdictAsync(id, third)).Should().Be(TriggerVerdict.Throttled);
        scene.Clock.Advance(TimeSpan.FromSeconds(40));
        (await scene.VerdictAsync(id, await scene.PublishAsync("in", "{}"))).Should().Be(TriggerVerdict.WouldFire);
    }

    [Fact]
    public async Task TheSameValue_IsSkipped_UntilItsSpanIsOver()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var start = scene.Clock.GetUtcNow();
        var id = await scene.AddAsync(Trigger.On("in").DistinctBy("id", Minute));
        var first = await scene.MatchedAsync("in", """{"id":1}""", 10);
        var (same, other) = (await scene.PublishAsync("in", """{"id":1}"""), await scene.PublishAsync("in", """{"id":2}"""));

        var explanation = await scene.ExplainAsync(id, same);

        (explanation.Verdict, explanation.OverTime!.SameValueAs, explanation.OverTime.CountsAgainAt).Should()
            .Be((TriggerVerdict.SameValue, first, start + Minute));
        explanation.Reason.Should().Contain(first);
        (await scene.VerdictAsync(id, other)).Should().Be(TriggerVerdict.WouldFire);
        (await scene.VerdictAsync(id, first)).Should().Be(TriggerVerdict.Fired);
    }

    [Fact]
    public async Task WithoutAValueOfTheKey_ThereIsNoKey()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var (keyed, distinct) = (
            await scene.AddAsync(Trigger.On("in").Per("user").Count(2).Within(Minute)),
            await scene.AddAsync(Trigger.On("in").DistinctBy("user", Minute)));
        var source = await scene.PublishAsync("in", """{"user":null}""");

        (await scene.VerdictAsync(keyed, source)).Should().Be(TriggerVerdict.NoKey);
        (await scene.VerdictAsync(distinct, source)).Should().Be(TriggerVerdict.NoKey);
    }

    [Fact]
    public async Task AnEventThatIsMuchOlder_IsLate()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Count(2).Within(TimeSpan.FromSeconds(1)));
        var old = await scene.PublishAsync("in", "{}");
        var held = await scene.Scene.HoldAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(61));
        await scene.MatchedAsync("in", "{}");

        (await scene.VerdictAsync(id, old)).Should().Be(TriggerVerdict.Late);
        await scene.Scene.MatchAsync(held.Single());
        (await scene.Host.Triggers.FindAsync(id))!.Error.Should().Contain("passed over");
    }

    [Fact]
    public async Task AValueTooMany_IsCrowded()
    {
        await using var scene = await ExplainScene.CreateAsync(redis, static options => options.MostLiveKeys = 3);
        var id = await scene.AddAsync(Trigger.On("in").Per("user").Count(9).Within(Minute));
        for (var user = 0; user < 3; user++)
        {
            var source = await scene.PublishAsync("in", $$"""{"user":{{user}}}""");
            (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.Incomplete);
            await scene.Scene.MatchAsync();
        }

        (await scene.VerdictAsync(id, await scene.PublishAsync("in", """{"user":3}"""))).Should().Be(TriggerVerdict.Crowded);
        (await scene.VerdictAsync(id, await scene.PublishAsync("in", """{"user":2}"""))).Should().Be(TriggerVerdict.Incomplete);
    }

    // What is known of an event that was matched long ago is forgotten.
    [Fact]
    public async Task AnEventOfWhichNothingIsKnownAnyMore_WasMatchedEarlier()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Count(2).Within(Minute));
        var source = await scene.MatchedAsync("in", "{}");
        foreach (var key in await scene.Scene.KeptAsync(id))
        {
            await redis.Database.KeyDeleteAsync(key);
        }

        scene.Clock.Advance(TimeSpan.FromHours(1));

        var explanation = await scene.ExplainAsync(id, source);
        (explanation.Verdict, explanation.OverTime!.MayHaveForgotten).Should().Be((TriggerVerdict.MatchedEarlier, true));
    }

    [Fact]
    public async Task WhatIsPausedOrChanged_IsSaidFirst()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        var id = await scene.AddAsync(Trigger.On("in").Per("user").Count(2).Within(Minute));
        var source = await scene.MatchedAsync("in", """{"user":1}""");
        await scene.Host.Triggers.PauseAsync(id);

        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.NotActive);
        await scene.Host.Triggers.ResumeAsync(id);
        await scene.Host.Triggers.UpdateAsync(id, Trigger.On("in").Per("user").Count(3).Within(Minute).Publish(new Reminder(1)));
        (await scene.VerdictAsync(id, source)).Should().Be(TriggerVerdict.PublishedBefore, "the rule starts again");
    }
}
