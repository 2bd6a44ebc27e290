using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Events;

/// <summary>Guarantee 2: whoever chooses an id is told whether it was new.</summary>
public sealed class PublishOutcomeTests(RedisFixture redis)
{
    private static readonly PublishOptions Seven = new() { Id = "order-7" };

    [Fact]
    public async Task Publish_WithoutAnIdOfItsOwn_IsAccepted()
    {
        await using var host = TestHost.Create(redis);

        var result = await host.Bus.PublishAsync(new OrderPlaced(1));

        result.Outcome.Should().Be(PublishOutcome.Accepted);
        (await host.Events.FindAsync(result.Id)).Should().NotBeNull();
    }

    [Fact]
    public async Task Publish_WithAnIdThatWasAccepted_IsRepeated()
    {
        await using var host = TestHost.Create(redis);

        var first = await host.Bus.PublishAsync(new OrderPlaced(7), Seven);
        var typed = await host.Bus.PublishAsync(new OrderPlaced(8), Seven);
        var raw = await host.Bus.PublishRawAsync("order.placed", "{}"u8.ToArray(), Seven);
        var many = await host.Bus.PublishManyAsync([new OrderPlaced(9)], Seven);

        first.Should().Be(new PublishResult("order-7", PublishOutcome.Accepted));
        new[] { typed, raw, many[0] }.Should().AllBeEquivalentTo(new PublishResult("order-7", PublishOutcome.Repeated));
    }

    [Fact]
    public async Task Publish_WithAnIdWhoseEventIsForgotten_IsRepeatedWithinTheWindow()
    {
        await using var host = TestHost.Create(redis, configure: options => options.ProcessedLimit = 0);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(7), Seven);
        await consumer.SettleAsync(await consumer.ClaimOneAsync(), Outcome.Done);

        (await host.Bus.PublishAsync(new OrderPlaced(7), Seven)).Outcome.Should().Be(PublishOutcome.Repeated);
    }

    // Many callers share a call: each is told about its own event.
    [Fact]
    public async Task Publish_OfTheSameIdsByManyAtOnce_TellsOneOfEachThatItWasNew()
    {
        await using var host = TestHost.Create(redis);
        var ids = Enumerable.Range(0, 600).Select(n => n % 3 == 0 ? null : $"order-{n % 40}").ToArray();

        var results = await Task.WhenAll(ids.Select((id, n) => host.Bus.PublishAsync(
            new OrderPlaced(n), id is null ? null : new PublishOptions { Id = id }).AsTask()));

        var answers = ids.Zip(results, (id, result) => (Id: id, result.Outcome)).ToLookup(answer => answer.Id, answer => answer.Outcome);
        answers[null].Should().AllBeEquivalentTo(PublishOutcome.Accepted);
        answers.Where(same => same.Key is not null).Should().HaveCount(40).And.OnlyContain(
            same => same.Count(outcome => outcome == PublishOutcome.Accepted) == 1, "the others were too late");
    }

    [Fact]
    public async Task PublishMany_WithoutIds_AreAllAccepted()
    {
        await using var host = TestHost.Create(redis);

        var results = await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 250).Select(n => new OrderPlaced(n))]);

        results.Select(result => result.Outcome).Should().AllBeEquivalentTo(PublishOutcome.Accepted).And.HaveCount(250);
    }

    // The reply was lost. What the first call found is what counts.
    [Fact]
    [Trait("Fault", "24")]
    public async Task PublishScript_Repeated_AnswersTheSameAboutEachEvent()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");

        var first = await SendAsync(host, sequence: 1, "a", "b");
        var repeated = await SendAsync(host, sequence: 1, "a", "b");
        var second = await SendAsync(host, sequence: 2, "c", "b", "a");
        var secondRepeated = await SendAsync(host, sequence: 2, "c", "b", "a");

        first.Repeated.Should().BeEmpty();
        repeated.Repeated.Should().BeEmpty();
        second.Repeated.Should().Equal(1, 2);
        secondRepeated.Repeated.Should().Equal(1, 2);
    }

    private static async Task<PublishReply> SendAsync(TestHost host, int sequence, params string[] ids)
    {
        var request = new PublishRequest { Partition = host.Keyspace.Partitions[0], Lane = "lane", Sequence = sequence,
            DeduplicationMs = 1000 };
        request.Events.AddRange(
            ids.Select(
                static id => new OutgoingEvent(
                    id, "order.placed", "{}"u8.ToArray(), OutgoingOptions.None with { IdWasChosen = true })));
        return await host.Keyspace.Scripts.RunAsync(request);
    }
}
