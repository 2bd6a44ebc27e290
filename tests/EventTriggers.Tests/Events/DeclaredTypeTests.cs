using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EventTriggers.Tests.Events;

/// <summary>
/// An event is published as the type that the caller names: a payload of another type would lose its data and its wire name.
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
        await host.Bus.Awaiting(bus => bus.PublishAsync(new Placed(7)).AsTask()).Should().NotThrowAsync();
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

    private sealed class Silent : IEventSerializer
    {
        public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
            where TEvent : notnull => JsonSerializer.SerializeToUtf8Bytes(payload);

        public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
            where TEvent : notnull => JsonSerializer.Deserialize<TEvent>(json.Span)!;
    }
}
