using System.Collections;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventTriggers.Serialization;

namespace EventTriggers.Tests.Events;

/// <summary>
/// What a serializer writes is no better than what a caller brings: JSON that nobody would read alike is refused, wherever it comes from.
/// </summary>
public sealed class TypedPayloadTests(RedisFixture redis)
{
    private const string Twice = """{"a":1,"a":2}""";

    public static TheoryData<string, object> Repeating => new()
    {
        { "a converter that writes JSON of its own", new Converted() },
        { "a member with such a converter", new WithConverted(new Converted(), new Inner("x")) },
        { "a member with a converter of its own", new WithConverter("x") },
        { "extension data beside a member of that name",
            new Extended { A = 1, Rest = new() { ["a"] = JsonDocument.Parse("2").RootElement } } },
        { "an element", JsonDocument.Parse(Twice).RootElement },
        { "a document", JsonDocument.Parse(Twice) },
        { "a member that is an element", new WithElement(JsonDocument.Parse(Twice).RootElement) },
        { "a member that is anything", new WithAnything(JsonDocument.Parse(Twice).RootElement) },
        { "elements of a list", new List<JsonElement> { JsonDocument.Parse(Twice).RootElement } },
        { "keys that become one where they are no Unicode", new Dictionary<string, int> { ["\ud83d"] = 1, ["\ud83c"] = 2 } },
        { "a dictionary of the host's own", new WithPairs(new Pairs()) },
        { "a derived type of a member", new WithShape(new Circle { Raw = new Converted() }) },
    };

    [Theory]
    [MemberData(nameof(Repeating))]
    public async Task Publish_OfWhatWouldNameAMemberTwice_IsRefused(string what, object payload)
    {
        await using var host = TestHost.Create(
            redis, build => build.AddEvent<List<JsonElement>>("elements").AddEvent<Dictionary<string, int>>("dictionary"));

        var publish = () => (Task)Publish.MakeGenericMethod(payload.GetType()).Invoke(null, [host.Bus, payload])!;

        await publish.Should().ThrowAsync<ArgumentException>(what)
            .WithMessage("A payload of type * must not name a member twice in one object*");
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:lanes")).Should().BeFalse("nothing is written");
    }

    [Fact]
    public async Task Publish_ThroughABase_OfWhatWouldNameAMemberTwice_IsRefused()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Converted>("converted"));

        await host.Bus.Awaiting(bus => bus.PublishAsync<object>(new Converted()).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage($"A payload of type {typeof(Converted)} must not name a member twice in one object*");
    }

    public static TheoryData<string> OfTheHostsSerializer =>
        new(Twice, "{", "", "{}{}", "hello", new string('[', 65) + new string(']', 65));

    [Theory]
    [MemberData(nameof(OfTheHostsSerializer))]
    public async Task Publish_WithASerializerThatWritesNoGoodJson_IsRefused(string json)
    {
        await using var host = TestHost.Create(redis, build => build.Services.AddSingleton<IEventSerializer>(new Fixed(json)));

        await host.Bus.Awaiting(bus => bus.PublishAsync(new OrderPlaced(1)).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage("A payload of type *OrderPlaced must *");
    }

    // What System.Text.Json alone writes needs no second look: the plain path pays nothing.
    [Theory]
    [InlineData(typeof(OrderPlaced), true)]
    [InlineData(typeof(Inner), true)]
    [InlineData(typeof(Everything), true)]
    [InlineData(typeof(Extended), false)]
    [InlineData(typeof(WithElement), false)]
    [InlineData(typeof(WithConverted), false)]
    [InlineData(typeof(WithConverter), false)]
    [InlineData(typeof(WithAnything), false)]
    [InlineData(typeof(WithShape), false)]
    [InlineData(typeof(Dictionary<string, int>), false)]
    public void Contract_IsPlain_WhereEachPartIs(Type type, bool isPlain) =>
        PayloadContract.From(type, JsonSerializerOptions.Web).IsPlain.Should().Be(isPlain);

    private static System.Reflection.MethodInfo Publish { get; } =
        typeof(TypedPayloadTests).GetMethod(
            nameof(PublishAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!;

    private static async Task PublishAsync<TEvent>(IEventBus bus, TEvent payload)
        where TEvent : notnull => await bus.PublishAsync(payload);

    [JsonConverter(typeof(RawConverter))]
    private sealed class Converted;

    private sealed record Inner(string Name);

    private sealed record WithConverted(Converted Value, Inner Other);

    private sealed record WithConverter([property: JsonConverter(typeof(TextConverter))] string Value);

    private sealed record WithElement(JsonElement Value);

    private sealed record WithAnything(object Value);

    private sealed record WithPairs(Pairs Value);

    private sealed record WithShape(Shape Value);

    private sealed record Everything(
        int[] Ints, List<Inner> Inners, Guid? Id, DayOfWeek Day, DayOfWeek? Other, decimal Total, DateTimeOffset At, TimeSpan Span,
        Uri? Link, byte[] Bytes, Everything? Next);

    [JsonDerivedType(typeof(Circle), "circle")]
    private abstract class Shape;

    private sealed class Circle : Shape
    {
        public Converted? Raw { get; init; }
    }

    private sealed class Extended
    {
        public int A { get; set; }

        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Rest { get; set; }
    }

    private sealed class RawConverter : JsonConverter<Converted>
    {
        public override Converted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Converted value, JsonSerializerOptions options) => writer.WriteRawValue(Twice);
    }

    private sealed class TextConverter : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteRawValue(Twice);
    }

    private sealed class Pairs : IReadOnlyDictionary<string, int>
    {
        public int Count => 2;

        public IEnumerable<string> Keys => ["a", "a"];

        public IEnumerable<int> Values => [1, 2];

        public int this[string key] => 1;

        public bool ContainsKey(string key) => key == "a";

        public bool TryGetValue(string key, out int value) => throw new NotSupportedException();

        public IEnumerator<KeyValuePair<string, int>> GetEnumerator() => Keys.Zip(Values, KeyValuePair.Create).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class Fixed(string json) : IEventSerializer
    {
        public JsonSerializerOptions? Options => JsonSerializerOptions.Web;

        public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
            where TEvent : notnull => Encoding.UTF8.GetBytes(json);

        public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
            where TEvent : notnull => throw new NotSupportedException();
    }
}
