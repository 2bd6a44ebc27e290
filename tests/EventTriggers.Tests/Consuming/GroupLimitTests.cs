using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>Each event of a type is written for each of its groups, by one script for many events: so a type has at most so many.</summary>
public sealed class GroupLimitTests(RedisFixture redis)
{
    private const int Most = 50;

    [Fact]
    public async Task Subscribe_OfOneGroupTooMany_IsRefusedAndTold()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default).AddHandler<Reminder>((_, _) => default));
        await FillAsync(host, "order.placed", Most);
        host.Start();

        await Wait.UntilAsync(() => host.Log.TextsOf("47").Length > 0, "it is told");

        host.Log.TextsOf("47").Should().ContainSingle()
            .Which.Should()
                .Contain("Group default").And.Contain("'order.placed'").And.Contain($"{Most} groups").And.Contain($"at most {Most}");
        (await GroupsAsync(host, "order.placed")).Should().HaveCount(Most).And.NotContain("default");
    }

    // One type's trouble is not the host's: its other types, and its triggers, go on.
    [Fact]
    public async Task Subscribe_OfOneGroupTooMany_LeavesTheOtherTypesAndTriggersAlone()
    {
        var reminded = new TaskCompletionSource<Reminder>();
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((_, _) => default).AddHandler<Reminder>((context, _) =>
        {
            reminded.TrySetResult(context.Event);
            return default;
        }));
        await FillAsync(host, "order.placed", Most);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(7)));
        host.Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));

        (await Wait.ForAsync(reminded.Task)).Should().Be(new Reminder(7));
    }

    [Fact]
    public async Task Subscribe_UpToTheLimit_CountsNoTriggersAndNoRepeats()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(7)));
        await FillAsync(host, "order.placed", Most - 1);

        await new ManualConsumer(host, "last").SubscribeAsync("order.placed");
        await new ManualConsumer(host, "last").SubscribeAsync("order.placed");
        await new ManualConsumer(host, "beyond").SubscribeAsync("order.placed");

        (await GroupsAsync(host, "order.placed")).Should().HaveCount(Most + 1).And.Contain(["last", "$triggers"]).And.NotContain("beyond");
    }

    [Fact]
    public async Task Subscribe_AfterAGroupWasTakenOut_Succeeds()
    {
        await using var host = TestHost.Create(redis);
        await FillAsync(host, "order.placed", Most);
        var consumer = new ManualConsumer(host, "waits");
        await consumer.SubscribeAsync("order.placed");

        await redis.Database.SetRemoveAsync(Routes(host, "order.placed"), "group-0");
        await consumer.SubscribeAsync("order.placed");
        var (id, _) = await host.Bus.PublishAsync(new OrderPlaced(1));

        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    [Fact]
    public async Task Publish_ToAsManyGroupsAsThereMayBe_ReachesEach()
    {
        await using var host = TestHost.Create(redis);
        await FillAsync(host, "order.placed", Most);
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 250).Select(n => new OrderPlaced(n))])).Ids();

        var counts = await Task.WhenAll(Enumerable.Range(0, Most).Select(n => host.Events.CountAsync($"group-{n}").AsTask()));

        counts.Select(count => count.Ready).Should().AllBeEquivalentTo(250L);
        (await host.Events.FindAsync(ids[249]))!.Deliveries.Should().HaveCount(Most);
    }

    private static RedisKey Routes(TestHost host, string type) => host.Keyspace.Partitions[0].Keys.Routes(type);

    private async Task<IEnumerable<string>> GroupsAsync(TestHost host, string type) =>
        (await redis.Database.SetMembersAsync(Routes(host, type))).Select(group => group.ToString());

    private async Task FillAsync(TestHost host, string type, int groups)
    {
        await host.Keyspace.EnsureReadyAsync();
        await redis.Database.SetAddAsync(Routes(host, type), [.. Enumerable.Range(0, groups).Select(n => (RedisValue)$"group-{n}")]);
    }
}
