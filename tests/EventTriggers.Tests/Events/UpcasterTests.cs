using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace EventTriggers.Tests.Events;

/// <summary>An old payload is made the current one by a line of the host. The old payloads are written by hand here.</summary>
public sealed class UpcasterTests(RedisFixture redis)
{
    private const string Old = "parcel.sent.v1";

    private static readonly byte[] OldJson = """{"id":"7","grams":"1500"}"""u8.ToArray();

    public static TheoryData<string, Action<IRedisTriggersBuilder>> Upcasting => new()
    {
        { "to the payload",
            build => build.Upcast(
                Old,
                (JsonNode old) => new Sent(
                    int.Parse((string)old["id"]!, CultureInfo.InvariantCulture),
                    int.Parse((string)old["grams"]!, CultureInfo.InvariantCulture) / 1000m)) },
        { "to JSON",
            build => build.Upcast<Sent>(Old, old => new JsonObject
            {
                ["parcel"] = int.Parse((string)old["id"]!, CultureInfo.InvariantCulture), ["kilos"] = 1.5m,
            }) },
        { "in place",
            build => build.Upcast<Sent>(Old, old =>
            {
                old["parcel"] = int.Parse((string)old["id"]!, CultureInfo.InvariantCulture);
                old["kilos"] = 1.5m;
                return old;
            }) },
    };

    [Theory]
    [MemberData(nameof(Upcasting))]
    public async Task Handlers_OfAType_GetOldEventsWithCurrentPayloads(string what, Action<IRedisTriggersBuilder> upcast)
    {
        var handled = new ConcurrentQueue<(string Type, Sent Event)>();
        await using var host = TestHost.Create(redis, build =>
        {
            upcast(build.AddEvent<Sent>("parcel.sent").AddHandler<Sent>((context, _) =>
            {
                handled.Enqueue((context.Type, context.Event));
                return default;
            }).AddHandler<Sent>((context, _) =>
            {
                handled.Enqueue((context.Type, context.Event));
                return default;
            }));
        }).Start();

        var id = (await host.Bus.PublishRawAsync(Old, OldJson)).Id;
        await host.Bus.PublishRawAsync("parcel.sent", """{"parcel":8,"kilos":2}"""u8.ToArray());
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are processed");

        handled.Should().BeEquivalentTo(
            [(Old, new Sent(7, 1.5m)), (Old, new Sent(7, 1.5m)), ("parcel.sent", new Sent(8, 2)), ("parcel.sent", new Sent(8, 2))], what);
        (await host.Events.FindAsync(id))!.Type.Should().Be(Old, "what is stored stays what was published");
    }

    [Fact]
    public async Task AnUpcasterOfTheCurrentName_RunsForEachEvent()
    {
        var handled = new ConcurrentQueue<Sent>();
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>("parcel.sent")
            .Upcast<Sent>("parcel.sent", old => old["kilos"] is null ? new JsonObject { ["parcel"] = (int)old["id"]!, ["kilos"] = 0 } : old)
            .AddHandler<Sent>((context, _) =>
            {
                handled.Enqueue(context.Event);
                return default;
            })).Start();

        await host.Bus.PublishRawAsync("parcel.sent", """{"id":1}"""u8.ToArray());
        await host.Bus.PublishAsync(new Sent(2, 3));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "both are processed");

        handled.Should().BeEquivalentTo([new Sent(1, 0), new Sent(2, 3)]);
    }

    public static TheoryData<string, Action<IRedisTriggersBuilder>, string> Failing => new()
    {
        { """{"id":"secret"}""", build => build.Upcast(Old, (JsonNode old) => new Sent(int.Parse((string)old["id"]!, CultureInfo.InvariantCulture), 1)), "System.FormatException" },
        { """{"id":1}""", build => build.Upcast(Old, (Func<JsonNode, Sent>)(_ => throw new TimeoutException())), "System.TimeoutException" },
        { """{"id":1}""", build => build.Upcast(Old, static (JsonNode _) => (Sent)null!), "The upcaster made null" },
        { """{"id":1}""", build => build.Upcast<Sent>(Old, static (JsonNode _) => (JsonNode)null!), "The upcaster made null" },
        { """{"id":1}""", build => build.Upcast<Sent>(Old, static (JsonNode old) => old), "missing required properties" },
        { "null", build => build.Upcast(Old, static (JsonNode _) => new Sent(1, 1)), "The payload is null" },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task AnUpcasterThatFails_MakesADeadLetterWithItsBytesIntact(string json, Action<IRedisTriggersBuilder> upcast, string why)
    {
        var handled = 0;
        await using var host = TestHost.Create(redis, build => upcast(build.AddEvent<Sent>("parcel.sent").AddHandler<Sent>((_, _) =>
        {
            Interlocked.Increment(ref handled);
            return default;
        }))).Start();

        var id = (await host.Bus.PublishRawAsync(Old, Encoding.UTF8.GetBytes(json))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");
        await host.Bus.PublishAsync(new Sent(1, 1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the queue goes on");

        var stored = (await host.Events.FindAsync(id))!;
        Encoding.UTF8.GetString(stored.Payload.Span).Should().Be(json);
        var delivery = stored.Deliveries.Should().ContainSingle().Which;
        (delivery.Status, delivery.Attempt).Should().Be((DeliveryStatus.Dead, 1));
        delivery.Error.Should().Contain($"The upcaster of '{Old}' cannot make a {typeof(Sent)}").And.Contain(why)
            .And.NotContain("secret");
        handled.Should().Be(1);
    }

    // The raw script is what something else than the library would have written: no publish accepts it.
    [Fact]
    public async Task AnOldPayloadThatNamesAMemberTwice_IsADeadLetter()
    {
        await using var host = TestHost.Create(redis, build => build.AddEvent<Sent>("parcel.sent")
            .Upcast(Old, static (JsonNode _) => new Sent(1, 1)).AddHandler<Sent>((_, _) => default));
        await new ManualConsumer(host).SubscribeAsync(Old);
        var id = (await host.Bus.PublishRawAsync(Old, """{"id":1}"""u8.ToArray())).Id;
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:event:{id}", "data", """{"id":1,"id":2}""");

        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");
    }

    // A condition says what was published, which is the same for every host.
    [Fact]
    public async Task ATriggerOnAType_DoesNotFireForOldPayloads()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddEvent<Sent>("parcel.sent", ["parcel"]).Upcast(Old, static _ => new Sent(7, 1.5m)));

        var id = await host.Triggers.AddAsync(Trigger.On<Sent>().Publish(new Reminder(1)));

        var record = (await host.Triggers.FindAsync(id))!;
        (record.SourceType, string.Join(' ', record.SourceAliases)).Should().Be(("parcel.sent", "parcel"));
    }

    private sealed record Sent(int Parcel, decimal Kilos);
}
