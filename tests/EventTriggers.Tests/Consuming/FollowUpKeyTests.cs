namespace EventTriggers.Tests.Consuming;

/// <summary>The key of a follow-up, which is recorded in the partition of the event that it follows.</summary>
public sealed class FollowUpKeyTests(RedisFixture redis)
{
    private const int Several = 5;

    [Theory]
    [InlineData(1, null)]
    [InlineData(Several, null)]
    [InlineData(1, "order-7/own")]
    [InlineData(Several, "order-7/own")]
    public async Task FollowUp_WithoutAKey_InheritsThatOfItsParent(int partitions, string? id)
    {
        var followUps = await FollowUpsAsync(partitions, new() { Key = "order-7", Id = id }, static context =>
        {
            context.Publish(new Reminder(1));
            context.PublishRaw("raw", "2"u8.ToArray(), new() { CorrelationId = "c" });
            context.PublishMany([EventToPublish.Of(new Reminder(3)), EventToPublish.Of(new Reminder(4), new() { Key = "order-7" })]);
        });

        followUps.Should().HaveCount(4).And.OnlyContain(static one => one.Key == "order-7" && one.Id.StartsWith("order-7/+"));
    }

    [Fact]
    public async Task FollowUp_OfAnEventWithoutAKey_HasNone() =>
        (await FollowUpsAsync(Several, options: null, static context => context.Publish(new Reminder(1)))).Should().ContainSingle()
            .Which.Key.Should().BeNull();

    // With one partition nothing is apart: the id goes on with that of the parent, whatever the keys are.
    [Fact]
    public async Task FollowUp_WithOnePartition_MayHaveAnotherKey_AndTheIdOfItsParent()
    {
        var followUps = await FollowUpsAsync(1, new() { Key = "order-7", Id = "imported" }, static context =>
        {
            context.Publish(new Reminder(1));
            context.Publish(new Reminder(2), new() { Key = "order-8" });
            context.Publish(new Reminder(3), new() { Key = "order-9", Id = "imported/nine" });
        });

        followUps.Select(static one => one.Key).Should().BeEquivalentTo("order-7", "order-8", "order-9");
        followUps.Where(static one => one.Key != "order-9").Should().OnlyContain(static one => one.Id.StartsWith("imported/+"));
        followUps.Single(static one => one.Key == "order-9").Id.Should().Be("imported/nine");
    }

    [Fact]
    public async Task FollowUp_WithSeveralPartitionsAndAnotherKey_IsRefusedByEachMember()
    {
        string[] messages = [];
        var other = new PublishOptions { Key = "order-8" };
        var followUps = await FollowUpsAsync(Several, new() { Key = "order-7" }, context =>
        {
            Action[] all =
            [
                () => context.Publish(new Reminder(1), other), () => context.PublishRaw("raw", "1"u8.ToArray(), other),
                () => context.PublishMany([EventToPublish.Of(new Reminder(1)), EventToPublish.Of(new Reminder(1), other)]),
            ];
            messages = [.. all.Select(static publish => publish.Should().Throw<ArgumentException>().Which.Message)];
            context.Publish(new Reminder(5));
        });

        messages.Should().HaveCount(3).And.OnlyContain(static message => message.StartsWith(
            "With 5 partitions, the key of a follow-up must be 'order-7', with which the id of the event that it follows begins, because "
            + "it is recorded in the partition of that event, but is 'order-8'. Publish an event with another key through IEventBus."));
        followUps.Should().ContainSingle().Which.Payload.ToArray().Should().Equal("""{"number":5}"""u8.ToArray());
    }

    [Fact]
    public async Task FollowUp_WithSeveralPartitions_MayHaveTheKeyWithWhichItsParentsIdBegins()
    {
        var followUps = await FollowUpsAsync(
            Several, new() { Id = "order-7" }, static context => context.Publish(new Reminder(1), new() { Key = "order-7" }));

        var followUp = followUps.Should().ContainSingle().Subject;
        (followUp.Key, followUp.Id[..9]).Should().Be(("order-7", "order-7/+"));
    }

    [Fact]
    public async Task FollowUp_WithABadKey_IsRefused()
    {
        string? message = null;
        await FollowUpsAsync(1, options: null, context =>
        {
            var publish = () => context.Publish(new Reminder(1), new() { Key = "a/b" });
            message = publish.Should().Throw<ArgumentException>().Which.Message;
            context.Publish(new Reminder(2));
        });

        message.Should().StartWith("The key of an event must consist of A–Z a–z 0–9 . _ : -, but 'a/b' has U+002F at 1.");
    }

    // A retry and a settle that is repeated find the same key.
    [Fact]
    public async Task FollowUp_OfARetriedHandler_InheritsTheKey()
    {
        var followUps = await FollowUpsAsync(1, new() { Key = "k" }, static context =>
        {
            if (context.Attempt == 1)
            {
                throw new InvalidOperationException("not yet");
            }

            context.Publish(new Reminder(1), new() { CorrelationId = context.Key });
        });

        followUps.Should().ContainSingle().Which.CorrelationId.Should().Be("k");
    }

    [Fact]
    public async Task WhatATriggerRaises_HasTheKeyOfTheEvent_AndIsNotAskedForThatOfItsType()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddEvent<Reminder>("order.reminder", key: static _ => "typed")).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("remind").Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order-7", Key = "order-7" });
        await Wait.UntilAsync(async () => await host.Events.FindAsync("remind/=order-7") is not null, "the trigger fires");

        (await host.Events.FindAsync("remind/=order-7"))!.Key.Should().Be("order-7");
    }

    private async Task<List<EventRecord>> FollowUpsAsync(int partitions, PublishOptions? options, Action<EventContext> handle)
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                handle(context);
                return default;
            }),
            settings => settings.Partitions = partitions).Start();
        await host.Bus.PublishAsync(new OrderPlaced(7), options);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");
        var found = await host.Events.QueryUnroutedAsync().ToListAsync();
        foreach (var one in found)
        {
            var stored = await host.Keyspace.Database.HashGetAsync(host.Keyspace.PartitionOf(one.Id).Keys.Event(one.Id), "key");
            ((string?)stored).Should().Be(one.Key, "the record says what the hash of {0} holds", one.Id);
        }

        return found;
    }
}
