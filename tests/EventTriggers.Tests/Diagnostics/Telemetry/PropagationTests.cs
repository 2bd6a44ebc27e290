using System.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Publishing;
using OpenTelemetry.Trace;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>How the context of a span travels with an event.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class PropagationTests(RedisFixture redis)
{
    private const string Valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    public static TheoryData<string> Bad =>
    [
        "", "x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        $"{Valid}x", $"{Valid} ", $"{Valid} a=b\nc=d", $"{Valid} a={new string('x', 511)}", $"ff{Valid[2..]}", new string('0', 100_000),
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz", "\0\u00e4\ud83d\ude00",
    ];

    [Fact]
    public async Task APlainEvent_CarriesItsTraceParent_AndItsHashStaysCompact()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis);
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1, new string('x', 150)))).Id;
        var key = host.Keyspace.PartitionOf(id).Keys.Event(id);

        ((string?)await redis.Connection.GetDatabase().HashGetAsync(key, "trace")).Should().Be(listener.Span("publish order.placed").Id)
            .And.HaveLength(55);
        if (redis.Server.Kind != "garnet")
        {
            ((string?)await redis.Connection.GetDatabase().ExecuteAsync("OBJECT", "ENCODING", key)).Should().Be("listpack");
        }
    }

    [Fact]
    public void PlainEvents_WithAndWithoutATrace_GoInRunsOfPlainEvents()
    {
        static OutgoingEvent Of(string id, string? trace) => new OutgoingEvent(id, "t", "1"u8.ToArray(), null).PublishedBy(trace);
        var call = new ScriptCall();

        PublishArguments.AddEvents(call, [Of("a", null), Of("b", null), Of("c", Valid), Of("d", "other"), Of("e", "other"), Of("f", null)]);

        call.Arguments.ToArray().Select(static argument => (string?)argument).Should()
            .Equal("t", "2", "1", "1", "t", "-3", "1", Valid, "1", "other", "1", "", "t", "1", "1");
    }

    [Fact]
    public async Task EventsOfAllKinds_InOneCall_CarryTheSameContext()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis);
        var published = await host.Bus.PublishManyAsync(
        [
            EventToPublish.Of(new OrderPlaced(1)), EventToPublish.Of(new Reminder(2), new() { CorrelationId = "c" }),
            EventToPublish.Of(new Reminder(3), new() { Id = "own" }), EventToPublish.Of(new OrderPlaced(4)),
        ]);

        var span = listener.Span("publish");
        (span.GetTagItem("messaging.batch.message_count"), span.GetTagItem("messaging.message.id")).Should().Be((4, null));
        foreach (var (id, _) in published)
        {
            (await FieldAsync(host, id, "trace")).Should().Be(span.Id);
        }
    }

    [Fact]
    public async Task ATraceState_FollowsBehindASpace_AndComesBack()
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default)).Start();
        using var request = Listener.Own.StartActivity("request")!;
        request.TraceStateString = "vendor=a b,other=1";
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        (await FieldAsync(host, id, "trace")).Should().Be($"{listener.Span("publish order.placed").Id} vendor=a b,other=1");
        listener.Span("process order.placed").TraceStateString.Should().Be("vendor=a b,other=1");
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task ABadValue_IsIgnored(string value)
    {
        using var listener = new Listener();
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (context, _) =>
        {
            context.Publish(new Reminder(1));
            return default;
        }));
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await redis.Connection.GetDatabase().HashSetAsync(
            host.Keyspace.PartitionOf(id).Keys.Event(id), [new("trace", value), new("trace:default", value), new("due", value)]);
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var process = listener.Span("process order.placed");
        (process.ParentSpanId, process.Links.Count()).Should().Be((default(ActivitySpanId), 0));
    }

    [Theory]
    [InlineData(Valid, "a=b", true)]
    [InlineData(Valid, null, true)]
    [InlineData("nonsense", null, false)]
    public async Task TheHeadersOfARawPublish_Count_WhereNoSpanWasCurrent(string parent, string? state, bool counts)
    {
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default));
        var headers = new Dictionary<string, string> { ["traceparent"] = parent };
        if (state is not null)
        {
            headers["tracestate"] = state;
        }

        // As a program of another language does, which has no span of this library.
        await host.Bus.PublishRawAsync("order.placed", "{\"number\":1}"u8.ToArray(), new() { Headers = headers });
        using var listener = new Listener();
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        var process = listener.Span("process order.placed");
        (process.ParentSpanId.ToString() == "b7ad6b7169203331", process.TraceStateString).Should().Be((counts, state));
    }

    [Fact]
    public async Task AProcessWithoutAListener_PassesOnWhatCameWithTheEvent()
    {
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (context, _) =>
        {
            context.Publish(new Reminder(1));
            return default;
        }).AddHandler<Reminder>(static (_, _) => default));
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("on").Publish(new Reminder(2)));
        using (var listener = new Listener())
        {
            await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order" });
        }

        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 3, "everything is handled");

        var sent = await FieldAsync(host, "order", "trace");
        sent.Should().NotBeNull();
        (await FieldAsync(host, "on/=order", "trace")).Should().Be(sent);
        var events = await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Processed }).ToListAsync();
        var followUp = events.Single(static found => found.Id.StartsWith("order/+", StringComparison.Ordinal));
        (await FieldAsync(host, followUp.Id, "trace")).Should().Be(sent);
    }

    [Fact]
    public async Task WhereTheSamplerSaysNo_TheDecisionTravels()
    {
        using var listener = new Listener(new ParentBasedSampler(new AlwaysOffSampler()));
        await using var host = TestHost.Create(redis, static build => build.AddHandler<OrderPlaced>(static (_, _) => default)).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        (await FieldAsync(host, id, "trace")).Should().EndWith("-00");
        listener.Spans.Should().BeEmpty();
    }

    private static async Task<string?> FieldAsync(TestHost host, string id, string field) =>
        await host.Keyspace.Database.HashGetAsync(host.Keyspace.PartitionOf(id).Keys.Event(id), field);
}
