using System.Text;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>Options of what a trigger raises: stored with the trigger, applied whenever it fires.</summary>
public sealed class RaisedOptionsTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static readonly PublishOptions Options = new()
    {
        CorrelationId = "ü 9", Headers = new Dictionary<string, string> { ["tenant"] = "acme" }, Delay = 30 * Minute,
        ExpiresAfter = 60 * Minute, Key = "order-7",
    };

    public static TheoryData<string> Kinds =>
        new("at", "every", "cron", "each", "template", "at most", "count", "followed", "not followed", "debounce", "fire now");

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Firing_OfATriggerWithOptions_RaisesEventsThatHaveThem(string kind)
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(TriggerOf(kind, Options));
        await FireAsync(scene, kind, id);

        (await scene.ClaimedAsync()).Should().BeEmpty("it is delayed");
        var raised = await scene.Host.Events.QueryAsync(new EventQuery { Type = "order.reminder" }).ToListAsync();

        var one = raised.Should().ContainSingle().Subject;
        var fired = one.Firing!.FiredAt;
        (one.CorrelationId, one.DueAt, one.ExpiresAt).Should().Be(("ü 9", fired + (30 * Minute), fired + (60 * Minute)));
        one.Headers.Should().Equal(Options.Headers);
        one.Key.Should().Be("order-7");
        Encoding.UTF8.GetString(one.Payload.Span).Should().Be("""{"number":1}""");
        scene.Clock.Advance(30 * Minute);
        (await scene.ClaimedAsync()).Should().Equal(one.Id);
    }

    [Fact]
    public async Task Firing_WithoutOptions_OrWithAnEmptyCorrelation_CarriesOnOrDoesNot()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1)).WithId("all"));
        await scene.Host.Triggers.AddAsync(
            Trigger.On("a").Publish(new Reminder(1), new PublishOptions { CorrelationId = string.Empty }).WithId("none"));
        await scene.Host.Triggers.AddAsync(
            Trigger.On("a").Publish(new Reminder(1), new PublishOptions { ExpiresAfter = Minute }).WithId("expiry"));

        await scene.Host.Bus.PublishRawAsync(
            "a", "{}"u8.ToArray(), new PublishOptions { CorrelationId = "c", Headers = new Dictionary<string, string> { ["h"] = "v" } });
        await scene.MatchAsync();

        var raised = await scene.Host.Events.QueryAsync(new EventQuery { Type = "order.reminder" }).ToListAsync();
        raised.Select(static one => (one.Firing!.TriggerId, one.CorrelationId, one.Headers.Count, one.ExpiresAt is not null)).Should()
            .BeEquivalentTo(
            [("all", "c", 1, false), ("none", null, 1, false), ("expiry", "c", 1, true)]);
    }

    [Fact]
    public async Task Find_OfATriggerWithOptions_TellsThem()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.After(Minute).Publish(new Reminder(1), Options));
        var plain = await host.Triggers.AddAsync(Trigger.After(Minute).Publish(new Reminder(1), new PublishOptions()));

        (await host.Triggers.FindAsync(id))!.Options.Should().BeEquivalentTo(Options);
        (await host.Triggers.FindAsync(plain))!.Options.Should().BeNull();
    }

    [Fact]
    public async Task Add_WithOtherOptions_IsAnotherDefinition()
    {
        await using var host = TestHost.Create(redis);
        var at = Trigger.At(DateTimeOffset.UtcNow + (60 * Minute));
        await host.Triggers.AddAsync(at.Publish(new Reminder(1), Options).WithId("t"));
        await host.Triggers.AddAsync(at.Publish(new Reminder(1), Options).WithId("t"));

        var other = async () => await host.Triggers.AddAsync(at.Publish(new Reminder(1)).WithId("t"));

        await other.Should().ThrowAsync<TriggerConflictException>();
    }

    [Fact]
    public async Task Firing_WithOptionsThatSomethingElseWrote_RaisesWithoutThem()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        var id = await scene.Host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1), Options));
        await redis.Database.HashSetAsync($"{{{scene.Host.Prefix}:0}}:trigger:{id}", "options", "soon");

        await scene.PublishAsync("a", "{}");

        (await scene.ClaimedAsync()).Should().ContainSingle();
        (await scene.Host.Triggers.FindAsync(id))!.Unreadable.Should().Contain("options");
    }

    // Hosts can hold no later moment.
    [Fact]
    public async Task Firing_WithTimesBeyondTheYear9999_EndsThere()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = TestHost.Create(redis, time: clock);
        var options = new PublishOptions { Delay = TimeSpan.FromDays(3649), ExpiresAfter = TimeSpan.FromDays(3650) };
        var id = await host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1), options));

        await host.Triggers.FireNowAsync(id);

        var raised = (await host.Events.QueryUnroutedAsync().ToListAsync()).Should().ContainSingle().Subject;
        var last = new DateTimeOffset(9999, 12, 31, 23, 59, 59, 999, TimeSpan.Zero);
        (raised.DueAt, raised.ExpiresAt, raised.Unreadable).Should().Be((last, last, null));
        var stored = await redis.Database.HashGetAsync(host.Keyspace.PartitionOf(raised.Id).Keys.Event(raised.Id), ["due", "expires"]);
        stored.ToStringArray().Should().Equal("253402300799999", "253402300799999");
    }

    [Fact]
    public void Publish_WithWhatARaisedEventCannotHave_IsRefusedByName()
    {
        foreach (var (name, options) in new[]
        {
            ("Id", new PublishOptions { Id = "x" }), ("DueAt", new PublishOptions { DueAt = DateTimeOffset.UtcNow }),
            ("CancelOn", new PublishOptions { CancelOn = EventCondition.On("paid") }),
        })
        {
            Trigger.On("a").Invoking(on => on.Publish(new Reminder(1), options)).Should().Throw<ArgumentException>()
                .WithMessage($"*cannot have {name}:*");
            Trigger.After(Minute).Invoking(after => after.PublishRaw("b", "1"u8.ToArray(), options)).Should().Throw<ArgumentException>()
                .WithMessage($"*cannot have {name}:*");
            Trigger.On("a").Invoking(on => on.Publish(new EventTemplate("b", "1"), options)).Should().Throw<ArgumentException>()
                .WithMessage($"*cannot have {name}:*");
        }

        Trigger.After(Minute)
            .Invoking(static after => after.Publish(new Reminder(1), new PublishOptions { Delay = Minute, ExpiresAfter = Minute }))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ExpiresAfter must be longer than Delay*");
        Trigger.After(Minute)
            .Invoking(static after => after.Publish(new Reminder(1), new PublishOptions { CorrelationId = new string('x', 201) }))
            .Should().Throw<ArgumentException>().WithMessage("A correlation id may have at most 200 characters, but has 201*");
    }

    private static Trigger TriggerOf(string kind, PublishOptions options)
    {
        var (a, raised) = (Trigger.On("a"), new Reminder(1));
        return kind switch
        {
            "at" => Trigger.After(Minute).Publish(raised, options),
            "every" => Trigger.Every(Minute).MaxFirings(1).Publish(raised, options),
            "cron" => Trigger.Cron("* * * * *").MaxFirings(1).PublishRaw("order.reminder", """{"number":1}"""u8.ToArray(), options),
            "each" => a.Publish(raised, options),
            "template" => a.Publish(new EventTemplate("order.reminder", """{"number":"$.n"}"""), options),
            "at most" => a.AtMost(1, Minute).Publish(raised, options),
            "count" => a.Count(2).Within(Minute).Publish(new EventTemplate("order.reminder", """{"number":"$.n"}"""), options),
            "followed" => a.FollowedBy("b").Within(Minute).Publish(raised, options),
            "not followed" => a.NotFollowedBy("b").Within(Minute).Publish(raised, options),
            "debounce" => a.Debounce(Minute).Publish(new EventTemplate("order.reminder", """{"number":"$.n"}"""), options),
            "fire now" => a.Publish(raised, options),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static async Task FireAsync(MatchScene scene, string kind, string id)
    {
        switch (kind)
        {
            case "fire now":
                await scene.Host.Triggers.FireNowAsync(id);
                return;
            case "at" or "every" or "cron":
                await scene.PassAsync(Minute);
                return;
            case "count":
                await scene.PublishAsync("a", """{"n":1}""");
                break;
        }

        await scene.Host.Bus.PublishRawAsync(
            "a", """{"n":1}"""u8.ToArray(),
            new PublishOptions { CorrelationId = "carried", Key = "carried", Headers = new Dictionary<string, string> { ["a"] = "b" } });
        await scene.MatchAsync();
        if (kind == "followed")
        {
            await scene.PublishAsync("b", "{}");
        }

        if (kind is "not followed" or "debounce")
        {
            await scene.PassAsync(Minute);
        }
    }
}
