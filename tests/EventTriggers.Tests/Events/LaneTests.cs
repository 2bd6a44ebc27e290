using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Events;

/// <summary>Guarantee 2: a call happens once, however often it is repeated and however late it arrives.</summary>
public sealed class LaneTests(RedisFixture redis)
{
    // The reply was lost, the call is repeated.
    [Fact]
    [Trait("Fault", "24")]
    public async Task PublishScript_Repeated_PublishesOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");

        var first = await SendAsync(host, sequence: 1, id: "a");
        var repeated = await SendAsync(host, sequence: 1, id: "a");

        (first.Repeated.Count, repeated.Repeated.Count).Should()
            .Be((0, 0), "both are accepted, and neither says that its event was there before");
        (await host.Events.CountAsync()).Ready.Should().Be(1);
    }

    // The server runs a call that was given up long ago.
    [Fact]
    [Trait("Fault", "36")]
    public async Task PublishScript_OvertakenByALaterCall_DoesNothing()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");

        await SendAsync(host, sequence: 2, id: "b");
        var late = () => SendAsync(host, sequence: 1, id: "a");

        await late.Should().ThrowAsync<InvalidOperationException>().WithMessage("*overtaken*");
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be("b");
    }

    // The reply of a cancellation was lost; its repeat tells the same truth.
    [Fact]
    [Trait("Fault", "30")]
    public async Task CancelScript_Repeated_AnswersTheSame()
    {
        await using var host = TestHost.Create(redis);
        var id = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Publish(new Reminder(1)));

        var found = new List<CancelReply>();
        for (var i = 0; i < 2; i++)
        {
            found.Add(await host.Keyspace.Scripts.RunAsync(new CancelTriggerRequest
            {
                Partition = host.Keyspace.Partitions[0],
                Lane = "lane",
                Sequence = 1,
                Id = id,
                Retention = new Retention(10, 1000),
            }));
        }

        found.Should().AllBeEquivalentTo(new CancelReply(CancelOutcome.Canceled, HasSubscriptions: false)).And.HaveCount(2);
    }

    [Fact]
    public async Task Lanes_IdleForADay_AreForgotten()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lanes = (RedisKey)$"{{{host.Prefix}:0}}:lanes";

        clock.Advance(TimeSpan.FromHours(23));
        await consumer.SweepAsync();
        var kept = await redis.Database.HashLengthAsync(lanes);
        clock.Advance(TimeSpan.FromHours(2));
        await consumer.SweepAsync();

        kept.Should().Be(1);
        (await redis.Database.HashLengthAsync(lanes)).Should().Be(0);
    }

    private static async Task<PublishReply> SendAsync(TestHost host, int sequence, string id)
    {
        var request = new PublishRequest { Partition = host.Keyspace.Partitions[0], Lane = "lane", Sequence = sequence,
            DeduplicationMs = 1000 };
        request.Events.Add(new OutgoingEvent(id, "order.placed", "{}"u8.ToArray(), Options: null));
        return await host.Keyspace.Scripts.RunAsync(request);
    }
}
