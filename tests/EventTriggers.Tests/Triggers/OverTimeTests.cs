using System.Text;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Triggers that count, wait for what follows or does not, calm down, or pass over. Time is fake; what fires, fires in the scripts.
/// </summary>
public sealed class OverTimeTests(RedisFixture redis)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Throttle_FiresSoOftenInAnySpan()
    {
        await using var scene = await CreateAsync();
        await scene.AddAsync(Trigger.On("alarm").Per("host").AtMost(2, Minute));
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
        await scene.AddAsync(Trigger.On("seen").DistinctBy("id", within: Minute));
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
        await scene.AddAsync(Trigger.On("fail").DistinctBy("user", within: Minute).Count(3).Within(Minute));

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
        var id = await scene.AddAsync(Trigger.On("placed").NotFollowedBy("paid").Within(Minute));
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
        var id = await scene.AddAsync(Trigger.On("placed").Per("n").NotFollowedBy("paid").Within(Minute).MaxFirings(1));
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

    [Fact]
    public async Task WhatIsKept_OfAStreamThatIsTooDense_IsTheNewest()
    {
        await using var scene = await CreateAsync();
        var id = await scene.AddAsync(Trigger.On("ask").FollowedBy("answer").Within(TimeSpan.FromHours(1)).WithId("t"));
        await scene.PublishAsync("ask", "0");
        var kept = await scene.KeptAsync(id);
        var now = scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        await redis.Database.SortedSetAddAsync(kept[0], [.. Enumerable.Range(0, 1500).Select(n => new SortedSetEntry($"a{n}", now - n))]);
        await redis.Database.SortedSetAddAsync(
            kept[0], [.. Enumerable.Range(0, 12_000).Select(n => new SortedSetEntry($"au{n}", -1 - (now - n)))]);

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

        (await redis.Database.SortedSetLengthAsync(kept[0], 0)).Should()
            .BeLessThanOrEqualTo(21, "twice the span is kept, and looked at with each eighth event");
        (await redis.Database.HashLengthAsync(kept[2])).Should().Be(await redis.Database.SortedSetLengthAsync(kept[0], 0));
        foreach (var key in kept.Take(3).Where(key => redis.Database.KeyExists(key)))
        {
            (await redis.Database.KeyTimeToLiveAsync(key)).Should().BePositive();
        }
    }

    [Fact]
    public async Task Template_ThatMakesTooMuch_IsPassedOver_AndReported()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), static options => options.MaxPayloadBytes = 40);
        var large = await scene.Host.Triggers.AddAsync(
            Trigger.On("issue").Publish(new EventTemplate("order.reminder", """{"all":["$.x","$.x","$.x"]}""")));
        await scene.Host.Triggers.AddAsync(Trigger.On("issue").Publish(new EventTemplate("order.reminder", """{"one":"$.x"}""")));

        await scene.PublishAsync("issue", """{"x":"0123456789"}""");

        (await scene.RaisedAsync()).Should().ContainSingle().Which.Payload.Should().Be("""{"one":"0123456789"}""");
        scene.Host.Log.TextsOf("38").Should().ContainSingle(text => text.Contains($"'{large}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Template_TakesValuesFromTheMatchedEvent()
    {
        await using var scene = await CreateAsync();
        await scene.Host.Triggers.AddAsync(Trigger.On("issue").Publish(new EventTemplate(
            "order.reminder",
            """{"number":"$.issue.number","by":"$.sender.login","first":"$.labels[0].name","no":"$.none.x","all":["$.labels[1]","$$.x",3]}""")));

        await scene.PublishAsync("issue", """{"issue":{"number":7.50},"sender":{"login":"ada"},"labels":[{"name":"bug"},{"name":"ui"}]}""");

        (await scene.RaisedAsync()).Single().Payload.Should()
            .Be("""{"number":7.50,"by":"ada","first":"bug","no":null,"all":[{"name":"ui"},"$.x",3]}""");
    }

    [Fact]
    public async Task Template_OfAnAbsence_TakesValuesFromWhatWasNotAnswered()
    {
        await using var scene = await CreateAsync();
        await scene.Host.Triggers.AddAsync(
            Trigger.On("placed").NotFollowedBy("paid").Within(Minute)
                .Publish(new EventTemplate("order.reminder", """{"number":"$.order"}""")));
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
            () => Trigger.After(Minute)
                .Publish<EventTemplate>(new EventTemplate("x", "{}")), () => _ = new EventTemplate("x", "{"),
                () => _ = new EventTemplate("x", "\"$x\""), () => _ = new EventTemplate("x", "\"$.a..b\""),
                () => _ = new EventTemplate("x", "\"$.a[b]\""),
            () => on.Per("a..b"), () => on.Count(1), () => on.Count(2).Within(TimeSpan.Zero), () => on.FollowedBy("{}")
                .Within(Minute), () => on.NotFollowedBy("y").Within(TimeSpan.FromDays(31)),
            () => on.FollowedBy("y", next => next.Matching("{}"))
                .Within(Minute), () => on.Debounce(Minute, maxWait: Second), () => on.AtMost(0, Minute),
                () => on.DistinctBy(string.Empty, Minute),
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
        await scene.AddAsync(
            Trigger.On<OrderPlaced>().Where(o => o.Country == "DE").Per(o => o.Number)
                .FollowedBy<Reminder>(next => next.Where(r => r.Number > 1).Per(r => r.Number)).Within(Minute).WithId("t"));
        var hash = await redis.Database.HashGetAllAsync(scene.Host.Keyspace.Partitions[0].Keys.Trigger("t"));

        hash.Where(static field => field.Name.ToString() is "pattern" or "per" or "next" or "nextpattern" or "nextper" or "over")
            .ToDictionary(static field => field.Name.ToString(), static field => field.Value.ToString())
            .Should().BeEquivalentTo(new Dictionary<string, string>
            {
                ["pattern"] = """{"country":["DE",{"exists":false}]}""", ["per"] = "/number", ["next"] = "order.reminder",
                ["nextpattern"] = """{"number":[{"numeric":[">",1]}]}""", ["nextper"] = "/number", ["over"] = "then 0 60000 0",
            });
    }

    private static string Json(Firing firing) =>
        string.Concat(firing.Sources.Select(static source => Encoding.UTF8.GetString(source.Payload.Span)));

    private Task<MatchScene> CreateAsync() => MatchScene.CreateAsync(redis, Clock.At2030());
}
