using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EventTriggers.Tests.Events;

/// <summary>
/// A payload of another type than the caller names keeps all its data, and a wire name that says what it is; else it is refused.
/// </summary>
public sealed class DeclaredTypeTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_ThroughAnInterfaceABaseOrObject_IsRefusedWithBothNames()
    {
        await RefusedAsync<IDomainEvent>(bus => bus.PublishAsync<IDomainEvent>(new Placed(7)));
        await RefusedAsync<DomainEvent>(bus => bus.PublishAsync<DomainEvent>(new Placed(7)));
        await RefusedAsync<object>(bus => bus.PublishAsync<object>(new Placed(7)));
        await RefusedAsync<IDomainEvent>(bus => bus.PublishAsync<IDomainEvent>(new Moved(1)), typeof(Moved));
        await RefusedAsync<IDomainEvent>(async bus => (await bus.PublishManyAsync<IDomainEvent>([new Placed(1), new Placed(2)]))[0]);
        await RefusedAsync<DomainEvent>(async bus => (await bus.PublishManyAsync([new DomainEvent(), new Placed(2)]))[0]);
    }

    [Fact]
    public async Task AddTrigger_ThatPublishesThroughAnInterface_IsRefused()
    {
        await using var host = TestHost.Create(redis);

        await host.Triggers.Awaiting(
            triggers => triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish<IDomainEvent>(new Placed(7))).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("*Placed was published as *IDomainEvent*");
    }

    [Fact]
    public async Task FollowUp_ThroughAnInterface_IsRefused()
    {
        var refusal = new TaskCompletionSource<Exception>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var publish = () => context.Publish<IDomainEvent>(new Placed(7));
            refusal.TrySetResult(publish.Should().Throw<ArgumentException>().Which);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));

        (await Wait.ForAsync(refusal.Task)).Message.Should().Match("*Placed was published as *IDomainEvent*");
    }

    [Fact]
    public async Task Publish_OfAPolymorphicType_KeepsWhatTheDerivedTypeHolds()
    {
        var handled = new TaskCompletionSource<Shape>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Shape>("shape").AddHandler<Shape>((context, _) =>
        {
            handled.TrySetResult(context.Event);
            return default;
        })).Start();

        await host.Bus.PublishAsync<Shape>(new Circle(3));

        (await Wait.ForAsync(handled.Task)).Should().Be(new Circle(3));
    }

    // Collections are written with all their elements, whatever holds them; so is what has a converter.
    [Fact]
    public async Task Publish_ThroughWhatLosesNothing_IsAccepted()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddEvent<IReadOnlyList<int>>("list").AddEvent<IReadOnlyDictionary<string, int>>("dictionary")
                .AddEvent<JsonNode>("node"));

        (await StoredAsync<IReadOnlyList<int>>(host, new List<int> { 1, 2 })).Should().Be("[1,2]");
        (await StoredAsync<IReadOnlyDictionary<string, int>>(host, new Dictionary<string, int> { ["a"] = 1 })).Should().Be("""{"a":1}""");
        (await StoredAsync<JsonNode>(host, new JsonObject { ["a"] = 1 })).Should().Be("""{"a":1}""");
        (await StoredAsync(host, new Moved(1))).Should().Be("""{"by":1}""");
        (await StoredAsync(host, new Placed(7))).Should().Be("""{"order":7}""");
        (await StoredAsync(host, new DomainEvent())).Should().Be("{}");
    }

    [Fact]
    public async Task Publish_ThroughAnInterface_WithASerializerThatTellsNothing_IsRefused()
    {
        await using var host = TestHost.Create(redis, build => build.Services.AddSingleton<IEventSerializer>(new Silent()));

        await host.Bus.Awaiting(bus => bus.PublishAsync<IDomainEvent>(new Placed(7)).AsTask()).Should().ThrowAsync<ArgumentException>();
        await host.Bus.Awaiting(bus => bus.PublishAsync<IDomainEvent>(new Shipped("x")).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"*{typeof(Shipped)}*{typeof(IDomainEvent)}*{typeof(Silent)} does not implement Serialize(object, Type)*");
        await host.Bus.Awaiting(bus => bus.PublishAsync(new Placed(7)).AsTask()).Should().NotThrowAsync();
    }

    public static TheoryData<string, string, Action<IRedisTriggersBuilder>> Registering => new()
    {
        { "an event with a name", "order.placed", build => build.AddEvent<Placed>("order.placed") },
        { "a handler", typeof(Placed).FullName!, build => build.AddHandler<Placed>((_, _) => default) },
        { "a handler class", typeof(Placed).FullName!, build => build.AddHandler<Placed, PlacedHandler>() },
    };

    [Theory]
    [MemberData(nameof(Registering))]
    public async Task Publish_ThroughAnInterfaceABaseOrObject_OfARegisteredType_IsPublishedAsThat(
        string what, string name, Action<IRedisTriggersBuilder> build)
    {
        await using var host = TestHost.Create(redis, build);

        await IsStoredAsync(host, (await host.Bus.PublishAsync<IDomainEvent>(new Placed(7))).Id, name, """{"order":7}""", what);
        await IsStoredAsync(host, (await host.Bus.PublishAsync<DomainEvent>(new Placed(8))).Id, name, """{"order":8}""", what);
        await IsStoredAsync(host, (await host.Bus.PublishAsync<object>(new Placed(9))).Id, name, """{"order":9}""", what);
    }

    [Fact]
    public async Task Publish_ThroughAnInterface_OfATypeWithAnAttribute_IsPublishedAsThat()
    {
        await using var host = TestHost.Create(redis);

        await IsStoredAsync(host, (await host.Bus.PublishAsync<IDomainEvent>(new Shipped("x"))).Id, "shipped", """{"to":"x"}""");
        await IsStoredAsync(host, (await host.Bus.PublishAsync<IDomainEvent>(new Weighed(3))).Id, "weighed", """{"grams":3}""");
    }

    [Fact]
    public async Task PublishMany_ThroughAnInterface_PublishesEachAsItsOwnType()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Placed>("placed").AddEvent<DomainEvent>("plain"));

        var ids = await host.Bus.PublishManyAsync<DomainEvent>([new Placed(1), new DomainEvent(), new Placed(2)]);
        var mixed = await host.Bus.PublishManyAsync([EventToPublish.Of<IDomainEvent>(new Placed(3)), EventToPublish.Of(new DomainEvent())]);

        await IsStoredAsync(host, ids[0].Id, "placed", """{"order":1}""");
        await IsStoredAsync(host, ids[1].Id, "plain", "{}");
        await IsStoredAsync(host, ids[2].Id, "placed", """{"order":2}""");
        await IsStoredAsync(host, mixed[0].Id, "placed", """{"order":3}""");
        await IsStoredAsync(host, mixed[1].Id, "plain", "{}");
    }

    [Fact]
    public async Task AddTrigger_ThatPublishesARegisteredTypeThroughAnInterface_RaisesThat()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Placed>("placed"));

        var id = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish<IDomainEvent>(new Placed(7)));

        var trigger = (await host.Triggers.FindAsync(id))!;
        (trigger.EventType, Encoding.UTF8.GetString(trigger.Payload.Span)).Should().Be(("placed", """{"order":7}"""));
    }

    [Fact]
    public async Task FollowUps_ThroughAnInterface_OfARegisteredType_AreOfThatType()
    {
        var ids = new TaskCompletionSource<string[]>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Placed>("placed").AddHandler<OrderPlaced>((context, _) =>
        {
            ids.TrySetResult([
                context.Publish<IDomainEvent>(new Placed(7)), .. context.PublishMany([EventToPublish.Of<object>(new Placed(8))])]);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        var followUps = await Wait.ForAsync(ids.Task);
        await Wait.UntilAsync(async () => await host.Events.FindAsync(followUps[1]) is not null, "the follow-ups are published");

        await IsStoredAsync(host, followUps[0], "placed", """{"order":7}""");
        await IsStoredAsync(host, followUps[1], "placed", """{"order":8}""");
    }

    // Else what an event is called would depend on what a host happened to publish before, or which events it reads in its own way.
    [Fact]
    public async Task Publish_OfATypeThatIsOnlyKnownOtherwise_IsRefused()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<Placed>((_, _) => default, "order.placed"));

        await host.Bus.PublishAsync(new Placed(1));

        await host.Bus.Awaiting(bus => bus.PublishAsync<IDomainEvent>(new Placed(7)).AsTask()).Should().ThrowAsync<ArgumentException>();
    }

    // What a polymorphic type writes in full stays what the caller calls it, whatever the host handles beside it.
    [Fact]
    public async Task Publish_OfAPolymorphicType_WithARegisteredDerivedType_IsPublishedAsTheCallerSays()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Shape>("shape").AddEvent<Circle>("circle"));

        await IsStoredAsync(
            host, (await host.Bus.PublishAsync<Shape>(new Circle(3))).Id, "shape", """{"$type":"circle","radius":3}""");
        await IsStoredAsync(host, (await host.Bus.PublishAsync(new Circle(3))).Id, "circle", """{"radius":3}""");
    }

    // The serializer would fall back to the members of the base, without a word.
    [Fact]
    public async Task Publish_OfAPolymorphicTypeThatDoesNotNameTheDerivedType_IsRefused_UnlessThatIsRegistered()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Lenient>("lenient").AddEvent<Known>("known"));

        await host.Bus.Awaiting(bus => bus.PublishAsync<Lenient>(new Unnamed(1, 2)).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"A payload of type {typeof(Unnamed)} was published as {typeof(Lenient)}*");
        await IsStoredAsync(host, (await host.Bus.PublishAsync<Lenient>(new Known(1, 2))).Id, "known", """{"b":2,"a":1}""");
        await IsStoredAsync(
            host, (await host.Bus.PublishAsync<Lenient>(new Named(1, 2))).Id, "lenient", """{"$type":"named","b":2,"a":1}""");
    }

    [Fact]
    public async Task Publish_ThroughAnInterface_OfWhatNoMetadataDescribes_IsRefusedWithBothNames()
    {
        var services = new ServiceCollection().AddSingleton<StackExchange.Redis.IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers(DeclaredTypeContext.Default, options => options.KeyPrefix = RedisFixture.NewPrefix())
            .AddEvent<OrderPlaced>("order");
        await using var provider = services.BuildServiceProvider();
        var bus = provider.GetRequiredService<IEventBus>();

        await bus.Awaiting(one => one.PublishAsync<object>(new OrderPlaced(1)).AsTask()).Should().NotThrowAsync();
        await bus.Awaiting(one => one.PublishAsync<IDomainEvent>(new Shipped("x")).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"A payload of type {typeof(Shipped)}, published as {typeof(IDomainEvent)}, cannot be serialized: *");
    }

    private static async Task IsStoredAsync(TestHost host, string id, string type, string json, string because = "")
    {
        var stored = (await host.Events.FindAsync(id))!;
        (stored.Type, Encoding.UTF8.GetString(stored.Payload.Span)).Should().Be((type, json), because);
    }

    private static async Task<string> StoredAsync<TEvent>(TestHost host, TEvent payload)
        where TEvent : notnull =>
        Encoding.UTF8.GetString((await host.Events.FindAsync((await host.Bus.PublishAsync(payload)).Id))!.Payload.Span);

    private async Task RefusedAsync<TDeclared>(Func<IEventBus, ValueTask<PublishResult>> publish, Type? actual = null)
    {
        await using var host = TestHost.Create(redis);

        await host.Bus.Awaiting(bus => publish(bus).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage(
                $"A payload of type {actual ?? typeof(Placed)} was published as {typeof(TDeclared)}*Publish it as "
                + $"{actual ?? typeof(Placed)}*");

        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:lanes")).Should().BeFalse("nothing is written");
    }

    private interface IDomainEvent;

    private record DomainEvent : IDomainEvent;

    private sealed record Placed(int Order) : DomainEvent;

    private readonly record struct Moved(int By) : IDomainEvent;

    [JsonDerivedType(typeof(Circle), "circle")]
    private abstract record Shape;

    private sealed record Circle(int Radius) : Shape;

    private sealed class PlacedHandler : IEventHandler<Placed>
    {
        public ValueTask HandleAsync(EventContext<Placed> context, CancellationToken cancellationToken) => default;
    }

    [EventType("shipped")]
    private sealed record Shipped(string To) : IDomainEvent;

    [EventType("weighed")]
    private readonly record struct Weighed(int Grams) : IDomainEvent;

    [JsonPolymorphic(UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType)]
    [JsonDerivedType(typeof(Named), "named")]
    private record Lenient(int A);

    private sealed record Named(int A, int B) : Lenient(A);

    private sealed record Unnamed(int A, int B) : Lenient(A);

    private sealed record Known(int A, int B) : Lenient(A);

    private sealed class Silent : IEventSerializer
    {
        public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
            where TEvent : notnull => JsonSerializer.SerializeToUtf8Bytes(payload);

        public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
            where TEvent : notnull => JsonSerializer.Deserialize<TEvent>(json.Span)!;
    }
}

[JsonSerializable(typeof(OrderPlaced))]
internal sealed partial class DeclaredTypeContext : JsonSerializerContext;
