using System.Collections.Concurrent;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Triggers;

/// <summary>Keys of what triggers raise.</summary>
public sealed class RaisedKeyTests(RedisFixture redis)
{
    private const int Several = 5;

    private static readonly PublishOptions OrderSeven = new() { Key = "order-7" };

    // Nothing else is carried on: the key alone makes the rest of the trail.
    [Fact]
    public async Task WhatATriggerRaises_HasTheKeyOfItsOptions_OrThatOfTheEvent()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1)).WithId("inherits"));
        await scene.Host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1), new() { Key = "own" }).WithId("has-its-own"));
        await scene.Host.Triggers.AddAsync(Trigger.On("a").PublishRaw("b", "{}"u8.ToArray()).WithId("first"));
        await scene.Host.Triggers.AddAsync(Trigger.On("b").Publish(new Reminder(1)).WithId("second"));
        await scene.Host.Bus.PublishRawAsync("a", "{}"u8.ToArray(), OrderSeven);
        await scene.MatchAsync();
        await scene.MatchAsync();

        var raised = await scene.Host.Events.QueryAsync(new EventQuery { Type = "order.reminder" }).ToListAsync();

        raised.Select(static one => (one.Firing!.TriggerId, one.Key)).Should()
            .BeEquivalentTo([("inherits", "order-7"), ("has-its-own", "own"), ("second", "order-7")]);
    }

    [Fact]
    public async Task WhatATriggerRaises_ForAnEventWithoutAKey_HasNone()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.Host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1)));
        await scene.PublishAsync("a", "{}");

        (await scene.Host.Events.FindAsync((await scene.ClaimedAsync()).Single()))!.Key.Should().BeNull();
    }

    [Theory]
    [InlineData(1, "anything", true)]
    [InlineData(Several, "order-7", true)]
    [InlineData(Several, "order-7/remind", true)]
    [InlineData(Several, "order-70", false)]
    [InlineData(Several, "anything", false)]
    public async Task AKeyIsInherited_WhereWhatIsRaisedLivesWithIt(int partitions, string trigger, bool isInherited)
    {
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions);
        await host.Triggers.AddAsync(Trigger.On("a").Publish(new Reminder(1)).WithId(trigger));
        var source = await host.Bus.PublishRawAsync("a", "{}"u8.ToArray(), OrderSeven);

        await MatchAsync(host, source.Id);

        var raised = (await host.Events.QueryUnroutedAsync("order.reminder").ToListAsync()).Should().ContainSingle().Subject;
        raised.Key.Should().Be(isInherited ? "order-7" : null);
        if (isInherited)
        {
            host.Keyspace.PartitionOf(raised.Id).Should().Be(host.Keyspace.PartitionOf(source.Id));
        }
    }

    [Theory]
    [InlineData("order-7", true)]
    [InlineData("order-7/remind", true)]
    [InlineData(null, true)]
    [InlineData("remind", false)]
    [InlineData("order-70/remind", false)]
    public async Task AKeyOfTheOptions_WithSeveralPartitions_NeedsATriggerThatLivesWithIt(string? id, bool isTaken)
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = Several);
        var trigger = Trigger.After(TimeSpan.FromDays(1)).Publish(new Reminder(1), OrderSeven);
        var add = async () => await host.Triggers.AddAsync(id is null ? trigger : trigger.WithId(id));

        if (!isTaken)
        {
            await add.Should().ThrowAsync<ArgumentException>().WithMessage($"*the id is '{id}' and the key is 'order-7'*");
            (await host.Triggers.FindAsync(id!)).Should().BeNull();
            return;
        }

        await host.Triggers.FireNowAsync(await add());
        var raised = (await host.Events.QueryUnroutedAsync("order.reminder").ToListAsync()).Should().ContainSingle().Subject;
        raised.Key.Should().Be("order-7");
        host.Keyspace.PartitionOf(raised.Id).Should().Be(host.Keyspace.PartitionOf("order-7/x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    public void AKeyOfTheOptions_ThatIsNone_IsRefused(string key) =>
        Trigger.On("a").Invoking(on => on.Publish(new Reminder(1), new PublishOptions { Key = key })).Should().Throw<ArgumentException>()
            .WithMessage("*key of an event*");

    // The occurrences of a trigger and follow-ups of what it raises, one at a time for the key and in their order.
    [Fact]
    public async Task AGroupThatOrders_HandlesWhatTriggersRaise_OneAtATime()
    {
        var (numbers, running, overlaps) = (new ConcurrentQueue<int>(), 0, 0);
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<Reminder>(async (context, _) =>
            {
                overlaps += Interlocked.Increment(ref running) - 1;
                numbers.Enqueue(context.Event.Number);
                await Task.Yield();
                Interlocked.Decrement(ref running);
            }),
            static options => options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = 1 });
        await new ManualConsumer(host).SubscribeAsync("order.reminder");
        for (var n = 0; n < 30; n++)
        {
            var id = await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromDays(1)).Publish(new Reminder(n), OrderSeven));
            await host.Triggers.FireNowAsync(id);
        }

        host.Start();
        await Wait.UntilAsync(() => numbers.Count == 30, "all are handled");

        overlaps.Should().Be(0);
        numbers.Should().Equal(Enumerable.Range(0, 30));
    }

    private static async Task MatchAsync(TestHost host, string source)
    {
        var consumer = new ManualConsumer(host, TriggerMatcher.Group, host.Keyspace.PartitionOf(source).Index);
        var lease = await consumer.ClaimOneAsync();
        await consumer.SettleAsync(await Matchers.Of(host).RunAsync(lease));
    }
}
