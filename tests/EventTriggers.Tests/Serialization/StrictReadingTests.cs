using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventTriggers.Serialization;

namespace EventTriggers.Tests.Serialization;

/// <summary>
/// A payload that lacks what its type requires is a dead letter that says so, and no handler sees nulls where its type has none.
/// </summary>
public sealed partial class StrictReadingTests(RedisFixture redis)
{
    public static TheoryData<string, string> Other => new()
    {
        { "{}", "number" },
        { """{"name":"x"}""", "number" },
        { """{"number":1}""", "name" },
        { """{"number":1,"name":null}""", "name" },
        { """{"number":1,"name":"x","tag":null}""", "tag" },
        { """{"number":1,"name":"x","Number":2}""", "number" },
        { """{"number":1,"name":"x","note":"a","NOTE":"b"}""", "note" },
        { "null", "null" },
    };

    [Theory]
    [MemberData(nameof(Other))]
    public async Task APayloadOfAnotherShape_BecomesADeadLetterWithTheReason(string json, string reason)
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<Shaped>((_, _) => throw new InvalidOperationException("It was handled.")))
            .Start();

        var (id, _) = await host.Bus.PublishRawAsync("shaped", Encoding.UTF8.GetBytes(json));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        var delivery = (await host.Events.FindAsync(id))!.Deliveries[0];
        delivery.Attempt.Should().Be(1);
        delivery.Error.Should().Contain("UnreadablePayload").And.ContainEquivalentOf(reason);
    }

    [Theory]
    [MemberData(nameof(Other))]
    public void APayloadOfAnotherShape_IsRefusedByGeneratedMetadataToo(string json, string reason)
    {
        var serializer = new JsonEventSerializer([new PayloadMetadata(Generated.Default)]);

        serializer.Invoking(of => of.Deserialize<Shaped>(Encoding.UTF8.GetBytes(json))).Should()
            .Throw<JsonException>().Which.Message.Should().ContainEquivalentOf(reason);
    }

    [Theory]
    [InlineData("""{"number":1,"name":"x"}""", null, 5)]
    [InlineData("""{"number":1,"name":"x","note":null,"unknown":[1]}""", null, 5)]
    [InlineData("""{"Number":1,"name":"x","note":"n","count":2}""", "n", 2)]
    public async Task APayloadWithWhatIsRequired_IsHandled(string json, string? note, int count)
    {
        var handled = new TaskCompletionSource<Shaped>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<Shaped>((context, _) =>
        {
            handled.TrySetResult(context.Event);
            return default;
        })).Start();

        await host.Bus.PublishRawAsync("shaped", Encoding.UTF8.GetBytes(json));

        (await Wait.ForAsync(handled.Task)).Should().Be(new Shaped(1, "x", note, count));
    }

    // A null where the type has none is refused on the way in, too.
    [Fact]
    public async Task Publish_OfANullWhereTheTypeHasNone_IsRefused()
    {
        await using var host = TestHost.Create(redis);

        await host.Bus.Awaiting(bus => bus.PublishAsync(new Shaped(1, null!)).AsTask()).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*Shaped cannot be serialized*Name*");
    }

    [EventType("shaped")]
    internal sealed record Shaped(int Number, string Name, string? Note = null, int Count = 5)
    {
        public string Tag { get; init; } = "t";
    }

    [JsonSerializable(typeof(Shaped))]
    internal sealed partial class Generated : JsonSerializerContext;
}
