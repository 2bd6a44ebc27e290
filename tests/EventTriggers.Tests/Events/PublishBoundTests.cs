using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Options;

namespace EventTriggers.Tests.Events;

/// <summary>Publishing is refused where a group has no room; what was stored is counted by hand.</summary>
public sealed class PublishBoundTests(RedisFixture redis)
{
    private static readonly PublishOptions KeyA = new() { Key = "a" };

    [Fact]
    public async Task AGroupThatIsFull_RefusesAnEvent_UntilItHasRoom()
    {
        await using var host = Host(maxReady: 5);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 5);

        var publish = () => host.Bus.PublishAsync(new OrderPlaced(6), new PublishOptions { Id = "sixth" }).AsTask();

        var refused = (await publish.Should().ThrowAsync<PublishRefusedException>()).Which;
        (refused.Group, refused.Key, refused.Waiting, refused.Limit).Should().Be(("default", null, 5, 5));
        refused.Message.Should().Be(
            "Could not publish: 5 deliveries of group 'default' are ready in the partition of the event, where 5 may be "
            + "(MaxReadyPerGroup). Nothing was changed. Publish it later, or raise the limit.");
        (await host.Events.FindAsync("sixth")).Should().BeNull();
        await consumer.ClaimAllAsync();
        (await publish()).Outcome.Should().Be(PublishOutcome.Accepted);
    }

    [Fact]
    public async Task OneGroupThatIsFull_RefusesAnEventForAll()
    {
        await using var host = Host(maxReady: 5);
        var (slow, quick) = (await ConsumerAsync(host, "slow"), await ConsumerAsync(host, "quick"));
        await PublishAsync(host, 5);
        await quick.ClaimAllAsync();

        var publish = () => PublishAsync(host, 1);

        (await publish.Should().ThrowAsync<PublishRefusedException>()).Which.Group.Should().Be("slow");
        (await host.Events.CountAsync("quick")).Ready.Should().Be(0);
        await slow.ClaimAllAsync();
        await publish();
        (await host.Events.CountAsync("quick")).Ready.Should().Be(1);
    }

    [Fact]
    public async Task WhatHandlersPublish_AndEventsWithADelay_AreAcceptedAllTheSame()
    {
        await using var host = Host(maxReady: 2, build: static builder => builder.AddHandler<Reminder>(static (context, _) =>
        {
            context.Publish(new OrderPlaced(7));
            return default;
        }));
        await ConsumerAsync(host, "full");
        await PublishAsync(host, 2);

        await host.Bus.PublishAsync(new OrderPlaced(5), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        host.Start();
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the job is handled");

        (await host.Events.CountAsync("full")).Should().BeEquivalentTo(new { Ready = 3L, Delayed = 1L });
    }

    [Fact]
    public async Task PublishesThatGoTogether_AreRefusedOnlyWhereTheirGroupIsFull()
    {
        await using var host = Host(maxReady: 5);
        await ConsumerAsync(host, "full");
        await new ManualConsumer(host, group: "free").SubscribeAsync("order.reminder");
        await PublishAsync(host, 5);

        var orders = Enumerable.Range(0, 40).Select(static n => new OrderPlaced(n)).Select(one => host.Bus.PublishAsync(one).AsTask());
        var jobs = Enumerable.Range(0, 4).Select(static n => new Reminder(n)).Select(one => host.Bus.PublishAsync(one).AsTask());
        Task[] all = [.. orders, .. jobs];
        await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default);

        all.Count(static one => one.Exception?.InnerException is PublishRefusedException { Group: "full" }).Should().Be(40);
        (await host.Events.CountAsync("free")).Ready.Should().Be(4);
        (await host.Events.CountAsync("full")).Ready.Should().Be(5);
    }

    [Fact]
    public async Task MoreEventsThanHaveRoom_AreAcceptedUpToACallBeyondIt_AndEachIsTold()
    {
        await using var host = Host(maxReady: 250);
        await ConsumerAsync(host);

        var publish = () => host.Bus.PublishManyAsync([.. Enumerable.Range(0, 5000).Select(static n => new OrderPlaced(n))]).AsTask();

        var incomplete = (await publish.Should().ThrowAsync<IncompletePublishException>()).Which;
        incomplete.InnerException.Should().BeOfType<PublishRefusedException>();
        var accepted = incomplete.Results.Where(static one => one.Outcome == PublishOutcome.Accepted).ToArray();
        incomplete.Results.Count(static one => one.Outcome == PublishOutcome.NotAccepted).Should().Be(5000 - accepted.Length);
        accepted.Length.Should().BeInRange(250, 350);
        (await host.Events.CountAsync()).Ready.Should().Be(accepted.Length);
    }

    [Fact]
    public async Task EachPartition_TakesAnEqualShare()
    {
        await using var host = Host(maxReady: 9, partitions: 2);
        await ConsumerAsync(host);
        await new ManualConsumer(host, partition: 1).SubscribeAsync("order.placed");

        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await PublishAsync(host, 1);
                accepted++;
            }
            catch (PublishRefusedException e) when (e is { Waiting: 5, Limit: 5 })
            {
                refused++;
            }
        }

        (accepted, refused).Should().Be((10, 90));
    }

    [Fact]
    public async Task AKeyOfWhichTooManyWait_RefusesEventsOfTheKey_InEveryProcess()
    {
        await using var host = Host(perKey: 3);
        var consumer = await ConsumerAsync(host);
        await using var publisher = Host(prefix: host.Prefix);
        await PublishAsync(host, 4, KeyA);
        var first = await consumer.ClaimOneAsync();

        var publish = () => PublishAsync(publisher, 1, KeyA);

        var refused = (await publish.Should().ThrowAsync<PublishRefusedException>()).Which;
        (refused.Group, refused.Key, refused.Waiting, refused.Limit).Should().Be(("default", "a", 3, 3));
        refused.Message.Should().Be(
            "Could not publish: 3 deliveries of key 'a' wait in group 'default', where 3 may (MaxBacklogPerKey). Nothing was changed. "
            + "Publish it later, or raise the limit.");
        await PublishAsync(publisher, 1, new PublishOptions { Key = "b" });
        await PublishAsync(publisher, 1);
        await publisher.Bus.PublishAsync(new OrderPlaced(0), new PublishOptions { Key = "a", Delay = TimeSpan.FromHours(1) });
        (await host.Events.CountAsync()).Should().BeEquivalentTo(new { Ready = 5L, Delayed = 1L });

        await consumer.SettleAsync(first, Outcome.Done);
        await publish();
    }

    [Fact]
    public async Task TheBoundOfAKey_IsShown_AndIsThatOfTheHostThatSubscribedLast()
    {
        await using var host = Host(perKey: 1);
        var consumer = await ConsumerAsync(host);
        await PublishAsync(host, 2, KeyA);
        await consumer.ClaimAllAsync();
        var groups = host.Services.GetRequiredService<IGroupStore>();
        (await groups.FindAsync("default"))!.MaxBacklogPerKey.Should().Be(1);

        consumer.Mode = consumer.Mode with { MaxBacklog = 0 };
        await consumer.SubscribeAsync("order.placed");

        (await groups.FindAsync("default"))!.MaxBacklogPerKey.Should().BeNull();
        await PublishAsync(host, 1, KeyA);
    }

    [Fact]
    public async Task ABoundWithoutOrder_IsRefusedByName()
    {
        var services = new ServiceCollection();
        services.AddSingleton(redis.HostConnection);
        services.AddRedisTriggers(static options => options.Groups["default"] = new GroupOptions { MaxBacklogPerKey = 7 });
        await using var provider = services.BuildServiceProvider();

        provider.Invoking(static all => all.GetRequiredService<IOptions<RedisTriggersOptions>>().Value).Should()
            .Throw<OptionsValidationException>().WithMessage(
                "*Groups:default:MaxBacklogPerKey is 7, which needs a ConcurrencyPerKey or a LimitPerKey, but neither is set: without "
                + "them, no delivery waits for its key.*");
    }

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, string? group = null)
    {
        var consumer = new ManualConsumer(host, group: group);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private static async Task PublishAsync(TestHost host, int count, PublishOptions? options = null)
    {
        for (var i = 0; i < count; i++)
        {
            await host.Bus.PublishAsync(new OrderPlaced(i), options);
        }
    }

    private TestHost Host(
        int? maxReady = null, int? perKey = null, int partitions = 1, string? prefix = null,
        Action<IRedisTriggersBuilder>? build = null) => TestHost.Create(
        redis,
        build,
        options =>
        {
            (options.MaxReadyPerGroup, options.Partitions) = (maxReady, partitions);
            if (perKey is not null)
            {
                options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = 1, MaxBacklogPerKey = perKey };
            }
        },
        prefix: prefix);
}
