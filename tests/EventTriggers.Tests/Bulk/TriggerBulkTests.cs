using CsCheck;

namespace EventTriggers.Tests.Bulk;

/// <summary>Triggers that are changed in bulk are those of a plain list, and are then what single changes make of them.</summary>
public sealed class TriggerBulkTests(RedisFixture redis)
{
    private static readonly string[] Tags = ["x", "y"];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Changes_OfAnyQuery_AreThoseOfSingleTriggers(int partitions) =>
        await Gen.Int.SampleAsync(seed => ChangeAsync(partitions, new Random(seed)), iter: 10, threads: 1);

    [Fact]
    public async Task ResumedTriggers_FireWhatTheyMissed_AndCanceledOnesNeverFire()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, concurrency: 1000);
        await consumer.SubscribeAsync("order.reminder");
        for (var n = 0; n < 250; n++)
        {
            await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(1)).WithId($"{(n % 2 == 0 ? "a" : "b")}{n}")
                .Publish(new Reminder(n)));
        }

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await host.Triggers.PauseAsync(new TriggerQuery());
        await EndAsync(host, consumer);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await consumer.AdvanceAsync()).Should().Be(9_007_199_254_740_991, "none is due");
        await host.Triggers.CancelAsync(new TriggerQuery { IdPrefix = "a" });
        await EndAsync(host, consumer);
        await host.Triggers.ResumeAsync(new TriggerQuery());
        await EndAsync(host, consumer);
        for (var round = 0; round < 5; round++)
        {
            await consumer.AdvanceAsync();
        }

        var raised = (await consumer.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).ToArray();
        raised.Should().HaveCount(125).And.OnlyHaveUniqueItems().And.OnlyContain(static id => id.StartsWith('b'));
    }

    // The subscriptions of a canceled trigger are removed in every partition.
    [Fact]
    public async Task CanceledTriggers_LeaveNoSubscriptions()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = 3);
        for (var n = 0; n < 20; n++)
        {
            await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(n)));
        }

        await host.Triggers.CancelAsync(new TriggerQuery());
        foreach (var partition in Enumerable.Range(0, 3))
        {
            await EndAsync(host, new ManualConsumer(host, partition: partition));
        }

        foreach (var partition in host.Keyspace.Partitions)
        {
            (await redis.Database.SortedSetLengthAsync(partition.Keys.Subscriptions("order.placed"))).Should().Be(0);
        }
    }

    private async Task ChangeAsync(int partitions, Random random)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions, time: clock);
        var all = new Dictionary<string, TriggerStatus>();
        var tags = new Dictionary<string, string>();
        for (var n = 0; n < 60; n++)
        {
            await AddAsync(host, random, all, tags);
        }

        var consumers = Enumerable.Range(0, partitions).Select(partition => new ManualConsumer(host, partition: partition)).ToArray();
        for (var round = 0; round < 4; round++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            var query = new TriggerQuery
            {
                Tag = random.Next(3) == 0 ? Tags[random.Next(2)] : null,
                IdPrefix = random.Next(3) == 0 ? "a" : null,
                Kind = random.Next(4) == 0 ? TriggerKind.On : null,
            };
            bool IsWanted(string id) =>
                id.StartsWith(query.IdPrefix ?? string.Empty, StringComparison.Ordinal)
                && (query.Tag is null || tags[id] == query.Tag) && (query.Kind is null || id.Contains("on", StringComparison.Ordinal));
            var (operation, from, to) = random.Next(3) switch
            {
                0 => (await host.Triggers.PauseAsync(query), [TriggerStatus.Active], TriggerStatus.Paused),
                1 => (await host.Triggers.ResumeAsync(query), [TriggerStatus.Paused], TriggerStatus.Active),
                _ => (await host.Triggers.CancelAsync(query), new[] { TriggerStatus.Active, TriggerStatus.Paused }, TriggerStatus.Canceled),
            };
            var wanted = all.Where(pair => from.Contains(pair.Value) && IsWanted(pair.Key)).Select(static pair => pair.Key).ToArray();

            // Added after it began.
            clock.Advance(TimeSpan.FromMilliseconds(1));
            await AddAsync(host, random, all, tags);
            foreach (var consumer in consumers)
            {
                await EndAsync(host, consumer);
            }

            foreach (var id in wanted)
            {
                all[id] = to;
            }

            (await host.Operations.FindAsync(operation))!.Changed.Should().Be(wanted.Length);
            var found = await host.Triggers.QueryAsync(new TriggerQuery()).ToDictionaryAsync(
                static one => one.Id, static one => one.Status, cancellationToken: TestContext.Current.CancellationToken);
            found.Should().BeEquivalentTo(all);
        }
    }

    private static async Task AddAsync(
        TestHost host, Random random, Dictionary<string, TriggerStatus> all, Dictionary<string, string> tags)
    {
        var isTimed = random.Next(2) == 0;
        var id = $"{"ab"[random.Next(2)]}-{(isTimed ? "at" : "on")}-{all.Count}";
        var tag = Tags[random.Next(2)];
        await host.Triggers.AddAsync(isTimed
            ? Trigger.After(TimeSpan.FromHours(1)).WithId(id).Tagged(tag).Publish(new Reminder(1))
            : Trigger.On<OrderPlaced>().WithId(id).Tagged(tag).Publish(new Reminder(1)));
        (all[id], tags[id]) = (TriggerStatus.Active, tag);
    }

    private static async Task EndAsync(TestHost host, ManualConsumer consumer)
    {
        for (var step = 0; step < 50; step++)
        {
            if (await consumer.AdvanceOperationAsync() >= TimeSpan.FromHours(1))
            {
                return;
            }
        }

        throw new InvalidOperationException($"Operations of {host.Prefix} do not end.");
    }
}
