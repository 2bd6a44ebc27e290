using System.Text;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Redis;

/// <summary>Payloads are the same bytes however they are kept.</summary>
public sealed class PayloadPiecesTests(RedisFixture redis)
{
    private const string Type = "order.placed";

    public static TheoryData<int> Lengths => [2, 63, 64, 65, 127, 128, 129, 192, 193, 255, 256, 257, 1000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Claim_AndFind_GiveThePayloadThatWasPublished(int length)
    {
        await using var host = TestHost.Create(redis);
        var consumer = await SubscribedAsync(host);
        var (json, other) = (JsonOf(length), JsonOf(100));
        var id = (await host.Bus.PublishRawAsync(Type, json)).Id;
        await host.Bus.PublishRawAsync(Type, other);

        var claimed = await consumer.ClaimAsync();

        claimed.Select(static lease => lease.Delivery.Json).Should().BeEquivalentTo([json, other], options => options.WithStrictOrdering());
        (await host.Events.FindAsync(id))!.Payload.ToArray().Should().Equal(json);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(256)]
    public async Task AnEvent_IsKeptCompact(int length)
    {
        redis.SkipUnlessRedis(orCluster: true);
        await using var host = TestHost.Create(redis);
        var consumer = await SubscribedAsync(host);
        var id = (await host.Bus.PublishRawAsync(Type, JsonOf(length))).Id;
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        (await EncodingAsync(host, $"event:{id}")).Should().Be("listpack");
    }

    [Fact]
    public async Task ATrigger_IsKeptCompact_AndPublishesItsWholePayload()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await SubscribedAsync(host);
        var text = string.Concat(Enumerable.Range(100, 50));
        var trigger = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new OrderPlaced(7, text)));

        if (!redis.IsGarnet)
        {
            (await EncodingAsync(host, $"trigger:{trigger}")).Should().Be("listpack");
        }

        var kept = (await host.Triggers.FindAsync(trigger))!.Payload.ToArray();
        await host.Triggers.FireNowAsync(trigger);

        kept.Should().Equal(Encoding.UTF8.GetBytes($$"""{"number":7,"country":"{{text}}"}"""));
        (await consumer.ClaimOneAsync()).Delivery.Json.Should().Equal(kept);
    }

    // A long value makes the hash a table, which has no order.
    [Fact]
    public async Task AnErrorOnAnEvent_LeavesItsPayloadWhole()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await SubscribedAsync(host);
        var json = JsonOf(250);
        var id = (await host.Bus.PublishRawAsync(Type, json)).Id;

        await consumer.SettleAsync(
            new Settlement(await consumer.ClaimOneAsync(), Outcome.Release) { Failure = new TimeoutException(new string('x', 500)) });

        (await consumer.ClaimOneAsync()).Delivery.Json.Should().Equal(json);
        (await host.Events.FindAsync(id))!.Payload.ToArray().Should().Equal(json);
    }

    [Fact]
    public async Task BesideALongHeader_APayloadIsWhole()
    {
        await using var host = TestHost.Create(redis);
        var options = new PublishOptions { Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["note"] = new('n', 80) } };

        var id = (await host.Bus.PublishRawAsync(Type, JsonOf(100), options)).Id;

        ((byte[]?)await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:event:{id}", "data")).Should().Equal(JsonOf(100));
    }

    [Fact]
    public async Task Claim_CountsEveryPieceOfAPayload()
    {
        await using var host = TestHost.Create(redis);
        var consumer = await SubscribedAsync(host);
        await host.Bus.PublishRawAsync(Type, JsonOf(200));
        await using var strict = TestHost.Create(redis, configure: static options => options.MaxPayloadBytes = 199, prefix: host.Prefix);

        (await new ManualConsumer(strict).ClaimAsync()).Should().BeEmpty();

        (await host.Events.CountAsync()).Dead.Should().Be(1);
    }

    // Counts up, so that a piece in a wrong place is seen.
    private static byte[] JsonOf(int length) =>
        Encoding.UTF8.GetBytes(
            $"\"{string.Concat(Enumerable.Range(0, length).Select(static n => (char)('0' + (n / 7 % 10))))[..(length - 2)]}\"");

    private static async Task<ManualConsumer> SubscribedAsync(TestHost host)
    {
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync(Type);
        return consumer;
    }

    private async Task<string?> EncodingAsync(TestHost host, string key) =>
        await redis.Database.KeyEncodingAsync($"{{{host.Prefix}:0}}:{key}");
}
