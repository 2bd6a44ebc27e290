using System.Text.Json;

namespace EventTriggers.Tests.Events;

/// <summary>Records serialise readably with the serializer's default options.</summary>
public sealed class RecordJsonTests(RedisFixture redis)
{
    // What is given, and never read back, needs no word.
    private static readonly Type[] Given = [typeof(OnConflict), typeof(LeaseDoubt), typeof(TraceParenting)];

    [Fact]
    public async Task AnEvent_AsJson_HasItsIdAsTextItsStatusAsAWordAndItsPayloadAsJson()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = "order-7", Key = "customer-3" });

        var json = JsonSerializer.SerializeToElement(await host.Events.FindAsync("order-7"));

        json.GetProperty("Id").GetString().Should().Be("order-7");
        json.GetProperty("Key").GetString().Should().Be("customer-3");
        json.GetProperty("Payload").GetProperty("number").GetInt32().Should().Be(7);
        json.GetProperty("Deliveries")[0].GetProperty("Status").GetString().Should().Be("Ready");
    }

    [Fact]
    public async Task ATrigger_AsJson_HasItsIdAsTextItsKindAsAWordAndItsPayloadAsJson()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(3)).WithId("remind"));

        var json = JsonSerializer.SerializeToElement(await host.Triggers.FindAsync(id));

        (json.GetProperty("Id").GetString(), json.GetProperty("Kind").GetString(), json.GetProperty("Status").GetString()).Should()
            .Be(("remind", "On", "Active"));
        json.GetProperty("Payload").ValueKind.Should().Be(JsonValueKind.Object);
    }

    [Fact]
    public async Task AnExplanation_AsJson_HasItsVerdictAsAWordAndItsFields()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(
            Trigger.On("order.placed").Matching("""{"number":[7]}""").Count(2).Within(TimeSpan.FromHours(1)).Publish(new Reminder(3)));
        var source = (await host.Bus.PublishAsync(new OrderPlaced(7))).Id;

        var json = JsonSerializer.SerializeToElement(await host.Triggers.ExplainAsync(id, source));

        json.GetProperty("Verdict").GetString().Should().Be("Incomplete");
        json.GetProperty("Conditions")[0].GetProperty("Fields")[0].GetProperty("Path").GetString().Should().Be("$.number");
        json.GetProperty("OverTime").GetProperty("Events")[0].GetProperty("Id").GetString().Should().Be(source);
    }

    [Fact]
    public void AFiring_AsJson_HasTheIdsOfItsSourcesAsTextAndTheirPayloadsAsJson()
    {
        var source = new SourceEvent { Id = "order-7", Type = "order.placed", PublishedAt = DateTimeOffset.UnixEpoch,
            Payload = """{"number":7}"""u8.ToArray() };
        var firing = new Firing { TriggerId = "t", DueAt = DateTimeOffset.UnixEpoch, FiredAt = DateTimeOffset.UnixEpoch, Sequence = 1,
            Missed = 0, Sources = [source] };

        var json = JsonSerializer.SerializeToElement(firing);

        json.GetProperty("TriggerId").GetString().Should().Be("t");
        json.GetProperty("Sources")[0].GetProperty("Id").GetString().Should().Be("order-7");
        json.GetProperty("Sources")[0].GetProperty("Payload").GetProperty("number").GetInt32().Should().Be(7);
    }

    public static TheoryData<Type> Enums =>
        [
            .. typeof(IEventBus).Assembly.GetExportedTypes()
                .Where(static type => type.IsEnum && !Given.Contains(type)),
        ];

    [Theory]
    [MemberData(nameof(Enums))]
    public void AnEnum_AsJson_IsItsWord(Type type) =>
        Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.Serialize(value, type)).Should()
            .Equal(Enum.GetNames(type).Select(static name => $"\"{name}\""));
}
