namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>What is said of a payload that is not published, for all triggers of a type.</summary>
public sealed class ExplainTypeTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task EachTrigger_OfTheType_IsExplained_InTheOrderOfIds()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("in").Per("user").Count(3).Within(Minute), "c");
        await scene.AddAsync(Trigger.On("in").Matching("""{"user":["bob"]}"""), "b");
        await scene.AddAsync(Trigger.On("in").Matching("""{"user":["ann"]}"""), "a");
        await scene.AddAsync(Trigger.After(Minute).CancelOn(EventCondition.On("in")), "d");
        await scene.AddAsync(Trigger.On("start").FollowedBy("in").Within(Minute), "e");
        await scene.AddAsync(Trigger.On("out"), "f");
        await scene.MatchedAsync("in", """{"user":"ann"}""", 10);
        await scene.AddAsync(Trigger.After(Minute).CancelOn(EventCondition.On("in")), "g");
        var now = scene.Clock.GetUtcNow();

        var all = await scene.ExplainTypeAsync("in", """{"user":"ann"}""");

        all.EventType.Should().Be("in");
        (all.HasMore, all.UnreadPartitions.Count).Should().Be((false, 0));
        all.Triggers.Select(static one => (one.Trigger.Id, one.Verdict)).Should().Equal(
            ("a", TriggerVerdict.WouldFire), ("b", TriggerVerdict.PatternDiffers), ("c", TriggerVerdict.Incomplete),
            ("e", TriggerVerdict.Incomplete), ("g", TriggerVerdict.Cancels));
        all.Triggers.Should().OnlyContain(static one => one.EventId == null && one.Matching == null && one.RaisedId == null);
        var rule = all.Triggers.Single(static one => one.Trigger.Id == "c").OverTime!;
        (rule.Missing, rule.Until).Should().Be((1, now + TimeSpan.FromSeconds(50)));
        rule.Events[^1].PublishedAt.Should().Be(now);
        (await scene.Host.Events.QueryAsync(new EventQuery()).ToListAsync()).Should().OnlyContain(
            static one => one.Type == "order.reminder", "nothing is published");
    }

    // Events of one millisecond count in the order in which they are accepted: this one would be the next.
    [Fact]
    public async Task APayload_IsTheNextEvent()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await scene.AddAsync(Trigger.On("in").FollowedBy("next").Within(Minute), "t");
        await scene.Scene.PublishAsync("in", "{}");

        (await scene.ExplainTypeAsync("next", "{}")).Triggers.Single().Verdict.Should().Be(TriggerVerdict.WouldFire);
    }

    [Fact]
    public async Task MoreThanAHundred_AreCounted()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await Task.WhenAll(Enumerable.Range(0, 101).Select(n => scene.AddAsync(Trigger.On("in"), $"t{n:d3}")));

        var all = await scene.ExplainTypeAsync("in", "{}");

        all.HasMore.Should().BeTrue();
        all.Triggers.Select(static one => one.Trigger.Id).Should().Equal(Enumerable.Range(0, 100).Select(static n => $"t{n:d3}"));
    }

    [Fact]
    public async Task ATriggerThatIsLookedUp_IsExplained_WhereThePayloadHasItsValue()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);
        await Task.WhenAll(
            Enumerable.Range(0, 1000).Select(n => scene.AddAsync(Trigger.On("in").Matching($$"""{"n":[{{n}}]}"""), $"z{n}")));
        await scene.AddAsync(Trigger.On("in").Matching("""{"order":[7]}"""), "a");
        var source = await scene.PublishAsync("in", """{"order":7}""");

        (await scene.ExplainTypeAsync("in", """{"order":[1,7]}""")).Triggers[0].Verdict.Should().Be(TriggerVerdict.WouldFire);
        (await scene.ExplainTypeAsync("in", """{"order":8}""")).Triggers[0].Trigger.Id.Should().NotBe("a");
        (await scene.VerdictAsync("a", source)).Should().Be(TriggerVerdict.WouldFire);
    }

    [Fact]
    public async Task ATypeWithoutTriggers_HasNone()
    {
        await using var scene = await ExplainScene.CreateAsync(redis);

        var all = await scene.ExplainTypeAsync("in", "{}");

        (all.Triggers.Count, all.HasMore).Should().Be((0, false));
    }

    [Theory]
    [InlineData("a b", "{}")]
    [InlineData("in", "{")]
    [InlineData("in", """{"a":1,"a":2}""")]
    public async Task ABadNameOrPayload_IsRefused(string type, string json)
    {
        await using var scene = await ExplainScene.CreateAsync(redis);

        await scene.Invoking(one => one.ExplainTypeAsync(type, json)).Should().ThrowAsync<ArgumentException>();
    }

    // The event, the trigger and what it keeps live in partitions of their own.
    [Fact]
    public async Task AcrossPartitions_WhatIsSaidIsWhatHappens()
    {
        await using var host = TestHost.Create(
            redis, static builder => builder.AddHandler<Reminder>(static (_, _) => default), static options => options.Partitions = 5);
        var ids = Enumerable.Range(0, 12).Select(static n => $"t{n}").ToArray();
        foreach (var id in ids)
        {
            var on = Trigger.On("in").Per("k");
            await host.Triggers.AddAsync((id is "t3" or "t7" ? on.Count(2).Within(Minute) : on.AtMost(1, Minute))
                .Publish(new Reminder(1)).WithId(id));
        }

        host.Start();
        await host.AsleepAsync(new Reminder(1));
        var all = await host.Triggers.ExplainAsync("in", """{"k":1}"""u8.ToArray());
        var first = await PublishAsync();
        var (verdicts, second) = (await VerdictsAsync(first), await PublishAsync());

        ids.Select(id => host.Keyspace.PartitionOf(id).Index).Distinct().Should().HaveCountGreaterThan(2);
        all.Triggers.Select(static one => one.Verdict).Should().Equal(
            all.Triggers.Select(static one => one.Trigger.Id is "t3" or "t7" ? TriggerVerdict.Incomplete : TriggerVerdict.WouldFire));
        all.Triggers.Select(static one => one.Trigger.Id).Should().Equal(ids.Order(StringComparer.Ordinal));
        verdicts.Should().Equal(ids.Select(static id => id is "t3" or "t7" ? TriggerVerdict.Incomplete : TriggerVerdict.Fired));
        (await VerdictsAsync(second)).Should().Equal(
            ids.Select(static id => id is "t3" or "t7" ? TriggerVerdict.Fired : TriggerVerdict.Throttled));

        async Task<TriggerVerdict[]> VerdictsAsync(string source) =>
            await Task.WhenAll(ids.Select(async id => (await host.Triggers.ExplainAsync(id, source))!.Verdict));

        async Task<string> PublishAsync()
        {
            var id = (await host.Bus.PublishRawAsync("in", """{"k":1}"""u8.ToArray())).Id;
            await Wait.UntilAsync(
                async () => (await host.Events.FindAsync(id))!.Deliveries.Single().Status == DeliveryStatus.Processed, "it is matched");
            return id;
        }
    }
}
