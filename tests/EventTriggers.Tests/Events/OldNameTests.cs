using System.Collections.Concurrent;
using System.Text;

namespace EventTriggers.Tests.Events;

/// <summary>A class that was renamed, or an event that was: its handlers and triggers still get what has the old names.</summary>
public sealed class OldNameTests(RedisFixture redis)
{
    private const string Current = "shipment.sent";
    private const string FullName = "Shop.Contracts.ShipmentSent";
    private const string Older = "shipment";

    public static TheoryData<string, Action<IRedisTriggersBuilder>, string> Contradictions => new()
    {
        { "the alias of another type",
            build => build.AddEvent<Sent>(Current, [Older]).AddEvent<Other>("other", [Older]),
            $"*{typeof(Sent)} *{typeof(Other)} *'{Older}'*" },
        { "the name of another type",
            build => build.AddEvent<Other>(Older).AddEvent<Sent>(Current, [Older]), $"*{typeof(Other)} *{typeof(Sent)} *'{Older}'*" },
        { "a name that is another's alias",
            build => build.AddEvent<Sent>(Current, [Older]).AddEvent<Other>(Older), $"*{typeof(Sent)} *{typeof(Other)} *'{Older}'*" },
        { "the name of a type that is handled",
            build => build.AddHandler<Other>(Ignore).AddEvent<Sent>(Current, [typeof(Other).FullName!]),
            $"*{typeof(Other)} *{typeof(Sent)} *" },
        { "a handled type whose name is another's alias",
            build => build.AddEvent<Sent>(Current, [typeof(Other).FullName!]).AddHandler<Other>(Ignore),
            $"*{typeof(Sent)} *{typeof(Other)} *" },
        { "its own name", build => build.AddEvent<Sent>(Current, [Current]), $"*{typeof(Sent)} is event '{Current}'*" },
        { "what is no name", build => build.AddEvent<Sent>(Current, ["a b"]), "*'a b'*" },
        { "too many", build => build.AddEvent<Sent>(Current, [.. Enumerable.Range(0, 17).Select(n => $"n{n}")]), "*at most 16*has 17*" },
        { "an upcaster of an alias",
            build => build.AddEvent<Sent>(Current, [Older]).Upcast(Older, _ => new Sent(1)), $"*'{Older}'*{typeof(Sent)}*alsoKnownAs*" },
        { "an alias with an upcaster",
            build => build.Upcast(Older, _ => new Sent(1)).AddEvent<Sent>(Current, [Older]), $"*'{Older}'*{typeof(Sent)}*an upcaster*" },
        { "two upcasters of a name",
            build => build.Upcast(Older, _ => new Sent(1)).Upcast(Older, _ => new Sent(2)), $"*'{Older}'*{typeof(Sent)}*an upcaster*" },
        { "upcasters of a name for two types",
            build => build.Upcast(Older, _ => new Sent(1)).Upcast(Older, _ => new Other(2)),
            $"*{typeof(Sent)} *{typeof(Other)} *'{Older}'*" },
        { "an upcaster that makes JSON of no type", build => build.Upcast(Older, static old => old), $"*'{Older}'*Upcast<OrderPlaced>*" },
        { "an upcaster of what is no name", build => build.Upcast("a b", static _ => new Sent(1)), "*'a b'*" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Add_OfWhatContradicts_IsRefusedWithTheNames(string what, Action<IRedisTriggersBuilder> build, string message)
    {
        var add = () => build(new ServiceCollection().AddRedisTriggers());

        add.Should().Throw<Exception>(what).Which.Should().Match<Exception>(e => e is InvalidOperationException || e is ArgumentException)
            .And.Subject.As<Exception>().Message.Should().Match(message);
    }

    [Fact]
    public void AddEvent_OfTheSameAliasesAgain_IsAccepted() =>
        new ServiceCollection().AddRedisTriggers().Invoking(
            build => build.AddEvent<Sent>(Current, [Older]).AddEvent<Sent>(Current, [Older, FullName]).AddEvent<Sent>(Current))
            .Should().NotThrow();

    // What other programs, and earlier versions of this one, have published is on the wire as it was: written by hand here.
    [Fact]
    public async Task Handlers_OfAType_GetEventsOfAllItsNames()
    {
        var handled = new ConcurrentQueue<(string Type, Sent Event, string Handler)>();
        var prefix = RedisFixture.NewPrefix();
        await using (var earlier = TestHost.Create(redis, prefix: prefix))
        {
            await earlier.Bus.PublishRawAsync(FullName, """{"parcel":1}"""u8.ToArray());
            await earlier.Bus.PublishRawAsync(Older, """{"parcel":2}"""u8.ToArray());
        }

        await using var host = TestHost.Create(redis, build => build
            .AddEvent<Sent>(Current, alsoKnownAs: [FullName, Older])
            .AddHandler<Sent>((context, _) => Note(handled, context, "first"))
            .AddHandler<Sent>((context, _) => Note(handled, context, "second")), prefix: prefix).Start();
        await host.Bus.PublishAsync(new Sent(3));
        await host.Bus.PublishRawAsync(FullName, """{"parcel":4}"""u8.ToArray());
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 4, "all are processed");

        handled.Should().BeEquivalentTo(
            new[] { (FullName, new Sent(1)), (Older, new Sent(2)), (Current, new Sent(3)), (FullName, new Sent(4)) }
                .SelectMany(one => new[] { (one.Item1, one.Item2, "first"), (one.Item1, one.Item2, "second") }));
    }

    [Fact]
    public async Task Publish_OfATypeWithOldNames_HasTheCurrentOne()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [Older]));

        var id = (await host.Bus.PublishAsync(new Sent(1))).Id;

        (await host.Events.FindAsync(id))!.Type.Should().Be(Current);
    }

    [Fact]
    public async Task Publish_OfAnotherTypeThatHasAnOldName_IsRefusedWithBoth()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [typeof(Other).FullName!]));

        await host.Bus.Awaiting(bus => bus.PublishAsync(new Other(1)).AsTask()).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage($"*{typeof(Sent)} *{typeof(Other)} *");
    }

    [Fact]
    public async Task AGroupBesideTheDefaultOne_GetsEventsOfAllNamesToo()
    {
        var handled = new ConcurrentQueue<(string, Sent, string)>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [Older])
            .Upcast("v0", static old => new Sent((int)old["id"]!))
            .AddGroup("billing", group => group.AddHandler<Sent>((context, _) => Note(handled, context, "billing")))).Start();

        await host.Bus.PublishRawAsync(Older, """{"parcel":1}"""u8.ToArray());
        await host.Bus.PublishRawAsync("v0", """{"id":2}"""u8.ToArray());
        await Wait.UntilAsync(() => handled.Count == 2, "both are handled");

        handled.Should().BeEquivalentTo([(Older, new Sent(1), "billing"), ("v0", new Sent(2), "billing")]);
    }

    [Fact]
    public async Task AHandlerThatNamesItsEvents_GetsThoseAndNoOthers()
    {
        var handled = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [Older])
            .AddHandler<Sent>(
                (context, _) =>
                {
                    handled.Enqueue(context.Type);
                    return default;
                },
                Current)).Start();

        await host.Bus.PublishRawAsync(Older, """{"parcel":1}"""u8.ToArray());
        await host.Bus.PublishRawAsync(Current, """{"parcel":2}"""u8.ToArray());
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the one is processed");

        handled.Should().Equal(Current);
        (await host.Events.CountUnroutedAsync()).Types.Should().ContainSingle().Which.Type.Should().Be(Older);
    }

    [Fact]
    public async Task ATriggerOnAType_FiresForEventsOfAllItsNames()
    {
        var raised = new ConcurrentQueue<Reminder>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [FullName, Older])
            .AddHandler<Reminder>((context, _) => Note(raised, context.Event))).Start();
        var id = await host.Triggers.AddAsync(Trigger.On<Sent>().Where(sent => sent.Parcel > 10).Publish(new Reminder(7)));

        var record = (await host.Triggers.FindAsync(id))!;
        (record.SourceType, string.Join(' ', record.SourceAliases)).Should().Be((Current, $"{FullName} {Older}"));
        foreach (var name in (string[])[Current, FullName, Older])
        {
            (await host.Triggers.QueryAsync(new TriggerQuery { SourceType = name }).Select(one => one.Id).ToListAsync())
                .Should().Equal(id);
            await host.Bus.PublishRawAsync(name, """{"parcel":11}"""u8.ToArray());
            await host.Bus.PublishRawAsync(name, """{"parcel":9}"""u8.ToArray());
        }

        await Wait.UntilAsync(() => raised.Count == 3, "the trigger has fired for each name");
        await host.Triggers.CancelAsync(id);
        (await SubscriptionsAsync(host)).Should().BeEmpty("a canceled trigger leaves no subscription to any of the names");
        (await host.Triggers.FindAsync(id))!.FiringCount.Should().Be(3);
    }

    [Fact]
    public async Task ATriggerOverTime_CountsAndFollowsEventsOfAllNames()
    {
        var raised = new ConcurrentQueue<Reminder>();
        await using var host = TestHost.Create(redis, build => build
            .AddEvent<Sent>(Current, [Older]).AddEvent<Other>("other", ["other.old"])
            .AddHandler<Reminder>((context, _) => Note(raised, context.Event))).Start();
        var id = await host.Triggers.AddAsync(Trigger.On<Sent>().Per(sent => sent.Parcel)
            .FollowedBy<Other>(next => next.Per(other => other.Parcel)).Within(TimeSpan.FromMinutes(1)).Publish(new Reminder(8)));

        var over = (await host.Triggers.FindAsync(id))!.OverTime!;
        (over.NextType, string.Join(' ', over.NextAliases)).Should().Be(("other", "other.old"));
        await host.Bus.PublishRawAsync(Older, """{"parcel":1}"""u8.ToArray());
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("$triggers")).Processed == 1, "the first is seen");
        await host.Bus.PublishRawAsync("other.old", """{"parcel":2}"""u8.ToArray());
        await host.Bus.PublishRawAsync("other.old", """{"parcel":1}"""u8.ToArray());

        await Wait.UntilAsync(() => raised.Count == 1, "the pair is found");
        await host.Triggers.CancelAsync(id);
        (await SubscriptionsAsync(host)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(Current)]
    [InlineData(Older)]
    public async Task CancelOnAType_IsDoneByEventsOfAllItsNames(string name)
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>(Current, [Older]).AddHandler<Reminder>(Ignore)).Start();
        var condition = EventCondition.On<Sent>(sent => sent.Parcel == 5);
        var delayed = (await host.Bus.PublishAsync(
            new Reminder(1), new PublishOptions { Delay = TimeSpan.FromHours(1), CancelOn = condition })).Id;
        var trigger = await host.Triggers.AddAsync(
            Trigger.After(TimeSpan.FromHours(1)).CancelOn(condition).Publish(new Reminder(1)));

        var record = (await host.Triggers.FindAsync(trigger))!.CancelOn!;
        (record.Type, string.Join(' ', record.Aliases)).Should().Be((Current, Older));
        await host.Bus.PublishRawAsync(name, """{"parcel":5}"""u8.ToArray());
        await Wait.UntilAsync(async () =>
            (await host.Triggers.FindAsync(trigger))!.Status == TriggerStatus.Canceled
            && (await host.Events.FindAsync(delayed))!.Deliveries.All(one => one.Status == DeliveryStatus.Canceled), "both are canceled");

        await Wait.UntilAsync(async () => !(await SubscriptionsAsync(host)).Any(), "no subscription to any of the names is left");
    }

    [Fact]
    public async Task EventQuery_OfAName_ListsThatNameAlone()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddEvent<Sent>(Current, [Older]).AddHandler<Sent>(Ignore)).Start();
        await host.Bus.PublishRawAsync(Older, """{"parcel":1}"""u8.ToArray());
        await host.Bus.PublishRawAsync(Current, """{"parcel":2}"""u8.ToArray());
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are processed");

        var found = await host.Events.QueryAsync(new EventQuery { Type = Older })
            .Select(one => Encoding.UTF8.GetString(one.Payload.Span)).ToListAsync();

        found.Should().Equal("""{"parcel":1}""");
    }

    // The members of all indexes of subscriptions, by key.
    private async Task<IEnumerable<string>> SubscriptionsAsync(TestHost host)
    {
        var all = new List<string>();
        foreach (var name in (string[])[Current, FullName, Older, "other", "other.old"])
        {
            var members = await redis.Database.SortedSetRangeByRankAsync($"{{{host.Prefix}:0}}:subs:{name}");
            all.AddRange(members.Select(member => $"{name} {member}"));
        }

        return all;
    }

    private static ValueTask Note<T>(ConcurrentQueue<T> seen, T value)
    {
        seen.Enqueue(value);
        return default;
    }

    private static ValueTask Note(ConcurrentQueue<(string, Sent, string)> seen, EventContext<Sent> context, string handler) =>
        Note(seen, (context.Type, context.Event, handler));

    private static ValueTask Ignore<T>(EventContext<T> context, CancellationToken cancellationToken) => default;

    private sealed record Sent(int Parcel);

    private sealed record Other(int Parcel);
}
