using System.Text.Json;

namespace EventTriggers.Tests.Events;

/// <summary>Records serialise readably with the serializer's default options.</summary>
public sealed class RecordJsonTests(RedisFixture redis)
{
    [Fact]
    public async Task AnEvent_AsJson_HasItsIdAsTextItsStatusAsAWordAndItsPayloadAsJson()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(7), new PublishOptions { Id = new EventId("order-7") });

        var json = JsonSerializer.SerializeToElement(await host.Events.FindAsync(new EventId("order-7")));

        json.GetProperty("Id").GetString().Should().Be("order-7");
        json.GetProperty("Json").GetProperty("number").GetInt32().Should().Be(7);
        json.GetProperty("Deliveries")[0].GetProperty("Status").GetString().Should().Be("Ready");
    }

    [Fact]
    public async Task ATrigger_AsJson_HasItsIdAsTextItsKindAsAWordAndItsPayloadAsJson()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(3)).WithId("remind"));

        var json = JsonSerializer.SerializeToElement(await host.Triggers.FindAsync(id));

        (json.GetProperty("Id").GetString(), json.GetProperty("Kind").GetString(), json.GetProperty("Status").GetString()).Should().Be(("remind", "On", "Active"));
        json.GetProperty("Json").ValueKind.Should().Be(JsonValueKind.Object);
    }
}
