using System.Text;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>Triggers that count, wait for what follows or does not, calm down, or pass over. Time is fake; what fires, fires in the scripts.</summary>
public sealed class OverTimeTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Count_FiresAtTheLastOfThem_AndBeginsAnew()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute).WithId("three"));

        var last = new List<EventId>();
        for (var n = 1; n <= 7; n++)
        {
            last.Add(await scene.PublishAsync("fail", $$"""{"n":{{n}}}"""));
            scene.Clock.Advance(Second);
        }

        var raised = await scene.RaisedAsync();
        raised.Select(static one => Json(one.Firing)).Should().Equal("""{"n":1}{"n":2}{"n":3}""", """{"n":4}{"n":5}{"n":6}""");
        raised.Select(static one => one.Firing.Sequence).Should().Equal(1, 2);
        raised[0].Firing.DueAt.Should().Be(raised[0].Firing.Sources[^1].PublishedAt);
        (await scene.Host.Events.FindAsync(new EventId($"{id}/={last[2]}"))).Should().NotBeNull("its id tells the event that completed it");
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public async Task Count_OfEventsFurtherApart_DoesNotFire(int apart, bool fires)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));

        for (var n = 0; n < 3; n++)
        {
            await scene.PublishAsync("fail", "{}");
            scene.Clock.Advance(apart * Second);
        }

        (await scene.RaisedAsync()).Count.Should().Be(fires ? 1 : 0, "the last is {0} s after the first", 2 * apart);
    }

    [Fact]
    public async Task Per_CountsEachValueOnItsOwn()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Per("user.id").Count(2).Within(Minute));

        foreach (var user in (string[])["1", "2", "\"1\"", "3", "2.0", "null"])
        {
            await scene.PublishAsync("fail", $$$"""{"user":{"id":{{{user}}}}}""");
        }

        await scene.PublishAsync("fail", """{"user":{}}""");
        await scene.PublishAsync("fail", """{"user":{}}""");

        (await scene.CausesAsync()).Should().Equal("""{"user":{"id":2}} + {"user":{"id":2.0}}""");
    }

    // "Counts an event once however often it is delivered."
    [Fact]
    public async Task AnEventThatIsMatchedAgain_CountsOnce()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));

        for (var n = 1; n <= 6; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($$"""{"n":{{n}}}"""));
            await scene.MatchAsync(times: 3);
        }

        (await scene.CausesAsync()).Should().Equal("""{"n":1} + {"n":2} + {"n":3}""", """{"n":4} + {"n":5} + {"n":6}""");
    }

    // An event that was counted is delivered once more after what it counted for has fired.
    [Fact]
    public async Task AnEventThatComesBackAfterTheFiring_DoesNotCountForTheNext()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(2).Within(Minute));
        await scene.Host.Bus.PublishRawAsync("fail", "1"u8.ToArray());
        scene.Clock.Advance(Second);
        await scene.Host.Bus.PublishRawAsync("fail", "2"u8.ToArray());
        var held = await scene.HoldAsync();
        await scene.MatchAsync(held[0]);
        await scene.MatchAsync(held[1]);

        await scene.MatchAsync(held[0]);
        await scene.MatchAsync(held[1]);
        await scene.PublishAsync("fail", "3");

        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    [Fact]
    public async Task Count_OfWhatIsMatchedLate_GoesByWhenItWasPublished()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));
        for (var n = 1; n <= 3; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($"{n}"));
            scene.Clock.Advance(10 * Second);
        }

        var held = await scene.HoldAsync();
        scene.Clock.Advance(5 * Minute);
        foreach (var lease in held.Reverse())
        {
            await scene.MatchAsync(lease);
        }

        (await scene.CausesAsync()).Should().Equal("1 + 2 + 3");
    }

    [Fact]
    public async Task Then_FiresForThePair()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").Per("order").Then("paid", 30 * Minute, matching: """{"ok":[true]}""", per: "of"));

        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        scene.Clock.Advance(Second);
        await scene.PublishAsync("placed", """{"order":1}""");
        await scene.PublishAsync("placed", """{"order":2}""");
        scene.Clock.Advance(Minute);
        await scene.PublishAsync("paid", """{"of":1,"ok":false}""");
        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        await scene.PublishAsync("paid", """{"of":1,"ok":true}""");
        scene.Clock.Advance(30 * Minute);
        await scene.PublishAsync("paid", """{"of":2,"ok":true}""");

        (await scene.CausesAsync()).Should().Equal("""{"order":1} + {"of":1,"ok":true}""");
    }

    [Fact]
    public async Task Then_OfWhatIsMatchedInAnotherOrder_GoesByWhenItWasPublished()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").Then("paid", Minute));
        await scene.Host.Bus.PublishRawAsync("placed", "1"u8.ToArray());
        scene.Clock.Advance(Second);
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray());

        await scene.MatchAsync(isReversed: true, times: 2);

        (await scene.CausesAsync()).Should().Equal("1 + 2");
    }

    [Fact]
    public async Task Without_FiresWhenTheTimeIsUp()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Per("order").Without("paid", 30 * Minute));
        await scene.PublishAsync("placed", """{"order":1}""");
        await scene.PublishAsync("placed", """{"order":2}""");
        scene.Clock.Advance(Minute);
        await scene.PublishAsync("paid", """{"order":1}""");

        await scene.PassAsync((29 * Minute) - TimeSpan.FromMilliseconds(1));
        var early = await scene.RaisedAsync();
        await scene.PassAsync(TimeSpan.FromMilliseconds(1));
        await scene.AdvanceAsync();
        var raised = await scene.RaisedAsync();
        await scene.PassAsync(Minute);

        early.Should().BeEmpty();
        raised.Select(static one => Json(one.Firing)).Should().Equal("""{"order":2}""");
        raised[0].Firing.DueAt.Should().Be(raised[0].Firing.Sources[0].PublishedAt.AddMinutes(30));
        (await scene.RaisedAsync()).Should().BeEmpty();
        (await scene.Host.Triggers.FindAsync(id))!.Fired.Should().Be(1);
    }

    // Each beat answers the one before.
    [Fact]
    public async Task Without_OfTheSameType_TellsThatItHasStopped()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("beat").Per("host").Without("beat", 30 * Second));
        for (var n = 1; n <= 5; n++)
        {
            await scene.PublishAsync("beat", $$"""{"host":"a","n":{{n}}}""");
            await scene.PassAsync(20 * Second);
        }

        var before = await scene.RaisedAsync();
        await scene.PassAsync(20 * Second);

        before.Should().BeEmpty();
        (await scene.CausesAsync()).Should().Equal("""{"host":"a","n":5}""");
    }

    // The answer is published in time, and is matched when the time is up: it waits behind others, or whoever had it was lost.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_WaitsForAnswersThatAreNotMatchedYet(bool isClaimed)
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").Without("paid", Minute));
        await scene.PublishAsync("placed", "1");
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray());
        var held = isClaimed ? await scene.HoldAsync() : [];

        await scene.PassAsync(Minute + Second);
        var meanwhile = await scene.RaisedAsync();
        foreach (var lease in isClaimed ? held : await scene.HoldAsync())
        {
            await scene.MatchAsync(lease);
        }

        await scene.PassAsync(Minute);

        meanwhile.Should().BeEmpty();
        (await scene.RaisedAsync()).Should().BeEmpty("it was answered");
    }

    [Fact]
    public async Task Debounce_FiresOnceItIsQuiet_WithTheLast()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Per("file").Debounce(10 * Second));
        for (var n = 1; n <= 3; n++)
        {
            await scene.PublishAsync("saved", $$"""{"file":"a","n":{{n}}}""");
            await scene.PassAsync(9 * Second);
        }

        var before = await scene.RaisedAsync();
        await scene.PassAsync(Second);
        var after = await scene.CausesAsync();
        await scene.PublishAsync("saved", """{"file":"a","n":4}""");
        await scene.PassAsync(10 * Second);

        before.Should().BeEmpty();
        after.Should().Equal("""{"file":"a","n":3}""");
        (await scene.CausesAsync()).Should().Equal("""{"file":"a","n":4}""");
    }

    [Fact]
    public async Task Debounce_ThatIsNeverQuiet_FiresAfterItsLongestWait()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second, maxWait: 25 * Second));
        for (var n = 1; n <= 6; n++)
        {
            await scene.PublishAsync("saved", $"{n}");
            await scene.PassAsync(5 * Second);
        }

        (await scene.CausesAsync()).Should().Equal("5");
    }

    // Far more events than are kept: the first still says since when it waits.
    [Fact]
    public async Task Debounce_OfAStreamThatNeverEnds_FiresAfterItsLongestWait()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("saved").Debounce(10 * Second, maxWait: Minute).WithId("t"));
        for (var n = 0; n < 13; n++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => scene.Host.Bus.PublishRawAsync("saved", "1"u8.ToArray()).AsTask()));
            await scene.MatchAsync();
            await scene.PassAsync(5 * Second);
        }

        (await scene.RaisedAsync()).Should().ContainSingle();
    }

    // Nobody looked for a while: what was not answered in its time fires all the same.
    [Fact]
    public async Task Without_ThatNobodyLookedAtForLong_StillFires()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("beat").Without("beat", 5 * Second).WithId("t"));
        await scene.PublishAsync("beat", "1");
        scene.Clock.Advance(Minute);
        for (var n = 2; n <= 9; n++)
        {
            await scene.PublishAsync("beat", $"{n}");
        }

        await scene.AdvanceAsync();

        (await scene.CausesAsync()).Should().Equal("1");
    }

    // An event that is published for tomorrow is no answer that is on its way.
    [Fact]
    public async Task Without_DoesNotWaitForEventsThatAreDelayed()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("placed").Without("paid", Minute));
        await scene.PublishAsync("placed", "1");
        await scene.Host.Bus.PublishRawAsync("paid", "2"u8.ToArray(), new PublishOptions { Delay = TimeSpan.FromHours(1) });

        await scene.PassAsync(Minute);

        (await scene.CausesAsync()).Should().Equal("1");
    }

    [Fact]
    public async Task WhatHasFiredByTime_LeavesNothingThatDoesNotExpire()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Per("n").Without("paid", Minute).WithId("t"));
        await scene.PublishAsync("placed", """{"n":1}""");

        await scene.PassAsync(Minute);

        (await scene.RaisedAsync()).Should().ContainSingle();
        var kept = new List<StackExchange.Redis.RedisKey>();
        foreach (var server in redis.Connection.GetServers())
        {
            kept.AddRange(await server.KeysAsync(pattern: $"*{scene.Host.Prefix}*{id}#*").ToListAsync());
        }

        kept.Should().NotBeEmpty();
        (await Task.WhenAll(kept.Select(key => redis.Database.KeyTimeToLiveAsync(key)))).Should().NotContainNulls();
    }

    [Fact]
    public async Task Throttle_FiresSoOftenInAnySpan()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("alarm").Per("host").Throttle(2, Minute));
        for (var n = 0; n < 9; n++)
        {
            await scene.Host.Bus.PublishRawAsync("alarm", Encoding.UTF8.GetBytes($$"""{"host":"{{(n == 4 ? "b" : "a")}}","n":{{n}}}"""));
            await scene.MatchAsync(times: 2);
            scene.Clock.Advance(20 * Second);
        }

        (await scene.RaisedAsync()).Select(static one => Json(one.Firing)[^2]).Should().Equal('0', '1', '3', '4', '5', '6', '8');
    }

    [Fact]
    public async Task Distinct_PassesOverWhatCameBefore()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("seen").Distinct("id", within: Minute));
        foreach (var id in (int[])[1, 2, 1, 3, 2])
        {
            await scene.Host.Bus.PublishRawAsync("seen", Encoding.UTF8.GetBytes($$"""{"id":{{id}}}"""));
            await scene.MatchAsync(times: 2);
        }

        scene.Clock.Advance(Minute);
        await scene.PublishAsync("seen", """{"id":1}""");

        (await scene.CausesAsync()).Should().Equal("""{"id":1}""", """{"id":2}""", """{"id":3}""", """{"id":1}""");
    }

    [Fact]
    public async Task Distinct_CountsUsersNotTries()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Distinct("user", within: Minute).Count(3).Within(Minute));

        foreach (var user in (string[])["a", "a", "b", "a", "b", "c"])
        {
            await scene.PublishAsync("fail", $$"""{"user":"{{user}}"}""");
        }

        (await scene.CausesAsync()).Should().Equal("""{"user":"a"} + {"user":"b"} + {"user":"c"}""");
    }

    // Guarantee 4.
    [Fact]
    public async Task Cancel_WhileItWaits_KeepsItFromFiring()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Without("paid", Minute));
        await scene.PublishAsync("placed", "1");

        (await scene.Host.Triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        await scene.PassAsync(Minute);

        (await scene.RaisedAsync()).Should().BeEmpty();
        (await scene.AdvanceAsync()).Should().Be(-1, "nothing is due any more");
    }

    [Fact]
    public async Task Times_EndsIt()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("placed").Per("n").Without("paid", Minute).Times(1));
        await scene.PublishAsync("placed", """{"n":1}""");
        await scene.PublishAsync("placed", """{"n":2}""");

        await scene.PassAsync(Minute);
        await scene.AdvanceAsync();

        (await scene.CausesAsync()).Should().ContainSingle();
        (await scene.Host.Triggers.FindAsync(id))!.Status.Should().Be(TriggerStatus.Completed);
    }

    [Fact]
    public async Task Update_OfWhatItAsksFor_BeginsAnew()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(2).Within(Minute).WithId("t"));
        await scene.PublishAsync("fail", "1");

        await scene.Host.Triggers.UpdateAsync(id, Trigger.On("fail").Count(3).Within(Minute).Publish(new Reminder(1)));
        await scene.PublishAsync("fail", "2");
        await scene.PublishAsync("fail", "3");
        var before = await scene.RaisedAsync();
        await scene.PublishAsync("fail", "4");

        before.Should().BeEmpty();
        (await scene.CausesAsync()).Should().Equal("2 + 3 + 4");
    }

    // Each is near enough to the late one, and they are not to one another.
    [Fact]
    public async Task Count_OfALateEventBetweenTwoThatAreFurtherApart_DoesNotFire()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("fail").Count(3).Within(Minute));
        for (var n = 0; n < 3; n++)
        {
            await scene.Host.Bus.PublishRawAsync("fail", Encoding.UTF8.GetBytes($"{n}"));
            scene.Clock.Advance(40 * Second);
        }

        var leases = await scene.HoldAsync();
        foreach (var n in (int[])[0, 2, 1])
        {
            await scene.MatchAsync(leases[n]);
        }

        (await scene.RaisedAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatIsKept_OfAStreamThatIsTooDense_IsTheNewest()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("ask").Then("answer", TimeSpan.FromHours(1)).WithId("t"));
        await scene.PublishAsync("ask", "0");
        var kept = await scene.KeptAsync(id);
        var now = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await redis.Database.SortedSetAddAsync(kept[0], [.. Enumerable.Range(0, 1500).Select(n => new SortedSetEntry($"a{n}", now - n))]);
        await redis.Database.SortedSetAddAsync(kept[0], [.. Enumerable.Range(0, 12_000).Select(n => new SortedSetEntry($"au{n}", -1 - (now - n)))]);

        for (var n = 1; n <= 8; n++)
        {
            await scene.PublishAsync("ask", $"{n}");
        }

        (await redis.Database.SortedSetLengthAsync(kept[0], 0)).Should().BeInRange(1000, 1008);
        (await redis.Database.SortedSetLengthAsync(kept[0], max: -1)).Should().BeInRange(10_000, 10_008);
        (await redis.Database.SortedSetScoreAsync(kept[0], "a0")).Should().BePositive("the oldest go first");
        (await redis.Database.SortedSetScoreAsync(kept[0], "au0")).Should().NotBeNull("the oldest go first");
    }

    // What it keeps has an end.
    [Fact]
    public async Task WhatIsKept_IsBoundedAndExpires()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("fail").Count(1000).Within(Minute).WithId("t"));
        for (var n = 0; n < 50; n++)
        {
            await scene.PublishAsync("fail", $"{n}");
            scene.Clock.Advance(10 * Second);
        }

        var kept = await scene.KeptAsync(id);

        (await redis.Database.SortedSetLengthAsync(kept[0], 0)).Should().BeLessThanOrEqualTo(21, "twice the span is kept, and looked at with each eighth event");
        (await redis.Database.HashLengthAsync(kept[2])).Should().Be(await redis.Database.SortedSetLengthAsync(kept[0], 0));
        foreach (var key in kept.Take(3).Where(key => redis.Database.KeyExists(key)))
        {
            (await redis.Database.KeyTimeToLiveAsync(key)).Should().BePositive();
        }
    }

    [Fact]
    public async Task Template_ThatMakesTooMuch_IsPassedOver_AndTold()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), static options => options.MaxPayloadBytes = 40);
        var large = await scene.Host.Triggers.AddAsync(Trigger.On("issue").Publish(new EventTemplate("order.reminder", """{"all":["$.x","$.x","$.x"]}""")));
        await scene.Host.Triggers.AddAsync(Trigger.On("issue").Publish(new EventTemplate("order.reminder", """{"one":"$.x"}""")));

        await scene.PublishAsync("issue", """{"x":"0123456789"}""");

        (await scene.RaisedAsync()).Should().ContainSingle().Which.Payload.Should().Be("""{"one":"0123456789"}""");
        scene.Host.Log.Texts.Should().ContainSingle(text => text.StartsWith($"Trigger '{large}' does not fire for event", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Template_TakesValuesFromTheMatchedEvent()
    {
        await using var scene = await CreateAsync();
        await scene.Host.Triggers.AddAsync(Trigger.On("issue").Publish(new EventTemplate(
            "order.reminder", """{"number":"$.issue.number","by":"$.sender.login","first":"$.labels[0].name","no":"$.none.x","all":["$.labels[1]","$$.x",3]}""")));

        await scene.PublishAsync("issue", """{"issue":{"number":7.50},"sender":{"login":"ada"},"labels":[{"name":"bug"},{"name":"ui"}]}""");

        (await scene.RaisedAsync()).Single().Payload.Should().Be("""{"number":7.50,"by":"ada","first":"bug","no":null,"all":[{"name":"ui"},"$.x",3]}""");
    }

    [Fact]
    public async Task Template_OfAnAbsence_TakesValuesFromWhatWasNotAnswered()
    {
        await using var scene = await CreateAsync();
        await scene.Host.Triggers.AddAsync(Trigger.On("placed").Without("paid", Minute).Publish(new EventTemplate("order.reminder", """{"number":"$.order"}""")));
        await scene.PublishAsync("placed", """{"order":7}""");

        await scene.PassAsync(Minute);

        (await scene.RaisedAsync()).Single().Payload.Should().Be("""{"number":7}""");
    }

    [Fact]
    public void ABadTemplateOrRule_IsRefused()
    {
        var on = Trigger.On("x");
        Action[] bad =
        [
            () => Trigger.After(Minute).Publish<EventTemplate>(new EventTemplate("x", "{}")), () => _ = new EventTemplate("x", "{"), () => _ = new EventTemplate("x", "\"$x\""), () => _ = new EventTemplate("x", "\"$.a..b\""), () => _ = new EventTemplate("x", "\"$.a[b]\""),
            () => on.Per("a..b"), () => on.Count(1), () => on.Count(2).Within(TimeSpan.Zero), () => on.Then("{}", Minute), () => on.Without("y", TimeSpan.FromDays(31)),
            () => on.Then("y", Minute, matching: "{}"), () => on.Debounce(Minute, maxWait: Second), () => on.Throttle(0, Minute), () => on.Distinct(string.Empty, Minute),
        ];

        foreach (var act in bad)
        {
            act.Should().Throw<ArgumentException>();
        }

        on.Debounce(Minute).Invoking(static one => one.Count(2).Within(Minute)).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task Lambdas_NameFieldsAsTheSerializerDoes()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Country == "DE").Per(o => o.Number).Then<Reminder>(Minute, where: r => r.Number > 1, per: r => r.Number).WithId("t"));
        var hash = await redis.Database.HashGetAllAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger("t"));

        hash.Where(static field => field.Name.ToString() is "pattern" or "per" or "next" or "nextpattern" or "nextper" or "over").ToDictionary(static field => field.Name.ToString(), static field => field.Value.ToString())
            .Should().BeEquivalentTo(new Dictionary<string, string>
            {
                ["pattern"] = """{"country":["DE",{"exists":false}]}""", ["per"] = "/number", ["next"] = "order.reminder", ["nextpattern"] = """{"number":[{"numeric":[">",1]}]}""", ["nextper"] = "/number", ["over"] = "then 0 60000 0",
            });
    }

    private static string Json(Firing firing) => string.Concat(firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Json.Span)));

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
