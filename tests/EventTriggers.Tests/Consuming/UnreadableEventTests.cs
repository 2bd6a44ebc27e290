using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>What something else has written into an event's hash is that event's trouble, and nobody else's.</summary>
public sealed class UnreadableEventTests(RedisFixture redis)
{
    // Long enough for pieces, and too long for them.
    private static readonly string Pieced = new('a', 100);
    private static readonly string Whole = new('b', 300);

    [Theory]
    [InlineData("at")]
    [InlineData("depth")]
    [InlineData("crashes:default")]
    public async Task Claim_AfterAnEventThatCannotBeRead_GivesTheNextItsOwnPayload(string field)
    {
        var handled = new ConcurrentQueue<OrderPlaced>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue(context.Event);
            return default;
        }));
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var bad = (await host.Bus.PublishAsync(new OrderPlaced(1, Pieced))).Id;
        await WriteAsync(host, bad, field, "soon");
        host.Start();
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "the bad one is a dead letter");

        await host.Bus.PublishAsync(new OrderPlaced(2, Whole));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the next one is processed");

        handled.Should().Equal(new OrderPlaced(2, Whole));
        (await host.Events.FindAsync(bad))!.Deliveries[0].Error.Should().Contain($"'{field.Split(':')[0]}'").And.Contain("'soon'");
        host.Log.Texts.Should()
            .Contain(text => text.Contains($"Event {bad} became a dead letter in group default", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Claim_OfAPayloadInPiecesOfOddLengths_JoinsThemAndNothingElse()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1, new string('x', 200)));
        var odd = (await host.Bus.PublishAsync(new OrderPlaced(2, Pieced))).Id;
        await WriteAsync(host, odd, "data", "short");
        var mixed = (await host.Bus.PublishAsync(new OrderPlaced(3, Pieced))).Id;
        await WriteAsync(host, mixed, "data", Whole);
        var tails = await TailsAsync(host, odd, mixed);

        var claimed = await consumer.ClaimAsync();

        claimed.Skip(1).Select(static lease => System.Text.Encoding.UTF8.GetString(lease.Delivery.Json)).Should()
            .Equal($"short{tails[0]}", $"{Whole}{tails[1]}");
    }

    // Only those who match look at it.
    [Fact]
    public async Task Claim_OfAWatchThatCannotBeRead_IsTheTroubleOfThoseWhoMatchAlone()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default));
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)));
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await WriteAsync(host, id, "subs", "1 soon x");
        host.Start();

        await Wait.UntilAsync(async () => (await host.Events.CountAsync("$triggers")).Dead == 1, "the matching is a dead letter");
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the event is handled");

        (await host.Events.FindAsync(id))!.Deliveries.Single(static one => one.Group == "$triggers").Error.Should().Contain("'subs'");
    }

    private async Task<string?[]> TailsAsync(TestHost host, params string[] ids) =>
        await Task.WhenAll(ids.Select(async id => (string?)await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:event:{id}", "data:2")));

    private Task WriteAsync(TestHost host, string id, string field, string value) =>
        redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:event:{id}", field, value);
}
