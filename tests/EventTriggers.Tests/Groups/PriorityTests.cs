using System.Globalization;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>High, normal and low priority: how claims share their room, and that whatever moves a delivery keeps its priority.</summary>
public sealed class PriorityTests(RedisFixture redis)
{
    private static readonly Priority[] All = [Priority.High, Priority.Normal, Priority.Low];

    public static TheoryData<int, int> Claims => new() { { 1, 300 }, { 5, 60 }, { 12, 25 }, { 100, 3 } };

    [Theory]
    [MemberData(nameof(Claims))]
    public async Task Claims_ShareTheirRoom_EightToThreeToOne(int room, int claims)
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: room);
        await scene.PublishAsync(300, All);

        var taken = await scene.ClaimAsync(claims);

        taken.Should().HaveCount(300);
        taken.Count(Priority.High).Should().BeInRange(190, 210, "8 of 12 are 200");
        taken.Count(Priority.Normal).Should().BeInRange(71, 79, "3 of 12 are 75");
        taken.Count(Priority.Low).Should().BeInRange(23, 27, "1 of 12 is 25");
    }

    [Theory]
    [InlineData(Priority.High)]
    [InlineData(Priority.Normal)]
    [InlineData(Priority.Low)]
    public async Task Claims_GiveAllTheirRoom_ToThePriorityThatIsThere(Priority only)
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(36, only);

        (await scene.ClaimAsync(3)).Select(static one => one.Number).Should().Equal(Enumerable.Range(0, 36));
        scene.Consumer.Left.Should().Be(0);
    }

    [Fact]
    public async Task Claims_GiveWhatOnePriorityDoesNotUse_ToTheHigherOneFirst()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(50, Priority.Normal, Priority.Low);

        var taken = await scene.ClaimAsync(1);

        (taken.Count(Priority.Normal), taken.Count(Priority.Low)).Should().Be((11, 1));
        scene.Consumer.Left.Should().Be(88);
    }

    [Fact]
    public async Task EachPriority_ComesInTheOrderOfItsPublish()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 7);
        await scene.PublishAsync(40, All);

        var taken = await scene.ClaimAsync(18);

        foreach (var priority in All)
        {
            taken.Where(one => one.Priority == priority).Select(static one => one.Number).Should().Equal(Enumerable.Range(0, 40));
        }
    }

    [Fact]
    public async Task ADelivery_KeepsItsPriority_WhenItIsDelayedRetriedAndRedriven()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 1);
        await scene.PublishAsync(1, Priority.High);
        var lease = await scene.Consumer.ClaimOneAsync();
        await scene.Consumer.SettleAsync(new Settlement(lease, Outcome.Retry) { Delay = TimeSpan.FromSeconds(1) });
        var delayed = await scene.Host.Bus.PublishAsync(
            new OrderPlaced(1), new() { Priority = Priority.High, Delay = TimeSpan.FromSeconds(2) });
        await scene.PublishAsync(100, Priority.Normal);
        scene.Clock.Advance(TimeSpan.FromSeconds(2));

        var ids = new[] { lease.Delivery.Id, delayed.Id };
        (await scene.ClaimAsync(6)).Select(static one => one.Id).Should().Contain(ids, "of six, at least three are of high priority");

        await scene.PublishAsync(1, Priority.High, from: 7);
        var other = (await scene.ClaimUntilAsync(static one => one.Priority == Priority.High)).Lease;
        await scene.Consumer.SettleAsync(new Settlement(other, Outcome.Dead));
        await scene.Host.Events.RedriveAsync(other.Delivery.Id);
        (await scene.ClaimAsync(6)).Select(static one => one.Id).Should().Contain(other.Delivery.Id);
    }

    // Before a handler has begun them, and in the order in which they were.
    [Fact]
    public async Task WhatIsGivenBack_KeepsItsPriority_AndIsTheNextOfIt()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 24);
        await scene.PublishAsync(40, All);
        var leases = await scene.Consumer.ClaimAsync();
        await scene.Consumer.SettleAsync([.. leases.Reverse().Select(static lease => new Settlement(lease, Outcome.Release))]);

        var again = await scene.ClaimAsync(1);

        again.Select(static one => one.Id).Should().BeEquivalentTo(leases.Select(static lease => lease.Delivery.Id));
        foreach (var priority in All)
        {
            again.Where(one => one.Priority == priority).Select(static one => one.Number).Should().BeInAscendingOrder();
        }
    }

    [Fact]
    public async Task EventsThatWaitedForTheirFirstGroup_HaveTheirPriority()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12, subscribes: false);
        await scene.PublishAsync(50, All);

        await scene.Consumer.SubscribeAsync("order.placed");

        var taken = await scene.ClaimAsync(1);
        (taken.Count(Priority.High), taken.Count(Priority.Normal), taken.Count(Priority.Low)).Should().Be((8, 3, 1));
    }

    [Fact]
    public async Task EachList_IsCountedListedCanceledAndRemoved()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(4, All);
        var (group, events) = (scene.Host.Keyspace.Options.Group, scene.Host.Events);

        (await events.CountAsync()).Ready.Should().Be(12);
        var listed = await events.QueryAsync(new EventQuery { Status = DeliveryStatus.Ready }).ToListAsync();
        listed.Select(static one => one.Priority).Should().BeEquivalentTo(All.SelectMany(static one => Enumerable.Repeat(one, 4)));

        scene.Clock.Advance(TimeSpan.FromMinutes(1));
        (await events.CountAsync()).Lag.Should().Be(TimeSpan.FromMinutes(1));
        (await scene.Host.Services.GetRequiredService<IGroupStore>().ReadRatesAsync(group, scene.Begin, scene.Begin.AddMinutes(1)))
            .Intervals.Single().Published.Should().Be(12);
        var operation = await events.CancelAsync(new EventQuery { Status = DeliveryStatus.Ready });
        await scene.Consumer.AdvanceOperationAsync();
        (await scene.Host.Operations.FindAsync(operation))!.Changed.Should().Be(12);
        (await scene.ClaimAsync(1)).Should().BeEmpty();
        (await events.CountAsync()).Ready.Should().Be(0);

        await scene.PublishAsync(4, All);
        await scene.Host.Services.GetRequiredService<IGroupStore>().RemoveAsync(group, force: true);
        (await scene.KeysAsync("ready*")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(Priority.High)]
    [InlineData(Priority.Normal)]
    [InlineData(Priority.Low)]
    public async Task TheOldestOfAnyPriority_IsTheLag(Priority priority)
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(1, priority);
        scene.Clock.Advance(TimeSpan.FromSeconds(5));
        await scene.PublishAsync(1, All);

        var counts = await scene.Host.Events.CountAsync();
        var keyspace = scene.Host.Keyspace;
        var measured = (await keyspace.Scripts.RunAsync(new MeasureGroupsRequest
        {
            Partition = keyspace.Partitions[0], Now = keyspace.PinnedNow, Groups = [keyspace.Options.Group],
        })).Single();

        (counts.Ready, counts.Lag).Should().Be((4, TimeSpan.FromSeconds(5)));
        (measured.Ready, measured.Lag).Should().Be((4, TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task ABound_CountsEachPriority()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12, most: 6);
        await scene.PublishAsync(2, All);

        var publish = () => scene.PublishAsync(1, Priority.High);

        (await publish.Should().ThrowAsync<PublishRefusedException>()).Which.Waiting.Should().Be(6);
    }

    [Fact]
    public async Task Repair_PutsBackWhatIsMissing_AndNothingThatIsNot()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }

        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(3, All);
        (await scene.Consumer.RepairAsync()).Should().Be(0, "each is in its list");

        await redis.Database.KeyDeleteAsync([scene.Keys.ReadyHigh, scene.Keys.ReadyLow]);

        (await scene.Consumer.RepairAsync()).Should().Be(6);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(3);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyLow)).Should().Be(3);
        (await scene.ClaimAsync(1)).Should().HaveCount(9);
    }

    [Fact]
    public async Task AGroupThatOrders_IgnoresThePriorityOfEventsWithKeys()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12, places: 1);
        var ids = new List<string>();
        foreach (var (priority, delay) in new[] { (Priority.Low, 0), (Priority.High, 0), (Priority.Normal, 0), (Priority.High, 1) })
        {
            var options = new PublishOptions { Key = "k", Priority = priority, Delay = delay == 0 ? null : TimeSpan.FromSeconds(delay) };
            ids.Add((await scene.Host.Bus.PublishAsync(new OrderPlaced(0), options)).Id);
        }

        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        var taken = new List<string>();
        while (await scene.Consumer.ClaimAsync() is [var lease])
        {
            taken.Add(lease.Delivery.Id);
            await scene.Consumer.SettleAsync(lease, Outcome.Done);
        }

        taken.Should().Equal(ids);
    }

    [Fact]
    public async Task AGroupThatDoesNotOrder_KeepsThePriorityOfEventsWithKeys()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 1);
        foreach (var priority in new[] { Priority.Low, Priority.High })
        {
            await scene.Host.Bus.PublishAsync(new OrderPlaced(0), new() { Key = "k", Priority = priority });
        }

        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(1);
        (await redis.Database.ListLengthAsync(scene.Keys.ReadyLow)).Should().Be(1);
    }

    [Fact]
    public async Task WhatDoesNotFitIntoAReply_GoesBackToTheFrontOfItsList()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 24);
        var payload = JsonSerializer.SerializeToUtf8Bytes(new OrderPlaced(0)).Concat(new byte[200_000]).ToArray();
        payload.AsSpan()[^200_000..].Fill((byte)' ');
        foreach (var n in Enumerable.Range(0, 24))
        {
            foreach (var priority in new[] { Priority.High, Priority.Low })
            {
                await scene.Host.Bus.PublishRawAsync(
                    "order.placed", payload, new() { Id = $"{priority}-{n.ToString(CultureInfo.InvariantCulture)}", Priority = priority });
            }
        }

        var first = await scene.Consumer.ClaimAsync();

        first.Should().HaveCountLessThan(24).And.NotBeEmpty();
        var next = await scene.ClaimAsync(3);
        first.Select(static lease => lease.Delivery.Id).Concat(next.Select(static one => one.Id))
            .Should().Contain(static id => id.StartsWith("Low", StringComparison.Ordinal), "large events do not starve the others either");
        var rest = next.Select(static one => one.Id).Concat((await scene.Consumer.ClaimAllAsync()).Select(static one => one.Delivery.Id));
        foreach (var priority in new[] { Priority.High, Priority.Low })
        {
            first.Select(static lease => lease.Delivery.Id).Concat(rest).Where(id => id.StartsWith($"{priority}", StringComparison.Ordinal))
                .Should().Equal(Enumerable.Range(0, 24).Select(n => $"{priority}-{n.ToString(CultureInfo.InvariantCulture)}"));
        }
    }

    [Fact]
    public async Task WhatATriggerRaisesLater_HasItsPriorityAndKey()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.Host.Triggers.AddAsync(Trigger.At(scene.Clock.GetUtcNow().AddSeconds(1)).Publish(
            new OrderPlaced(1), new() { Priority = Priority.Low, Delay = TimeSpan.FromSeconds(5), Key = "k" }).WithId("t"));
        scene.Clock.Advance(TimeSpan.FromSeconds(1));
        await scene.Consumer.AdvanceAsync();
        scene.Clock.Advance(TimeSpan.FromSeconds(5));

        var lease = await scene.Consumer.ClaimOneAsync();

        (await scene.Host.Events.FindAsync(lease.Delivery.Id))!.Priority.Should().Be(Priority.Low);
        (await scene.Host.Triggers.FindAsync("t"))!.Options!.Priority.Should().Be(Priority.Low);
        lease.Delivery.Key.Should().Be("k");
    }

    [Fact]
    public async Task WhatATriggerRaisesAtOnce_WaitsWithItsPriority()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.Host.Triggers.AddAsync(Trigger.At(scene.Clock.GetUtcNow().AddSeconds(1)).Publish(
            new OrderPlaced(1), new() { Priority = Priority.High }));
        scene.Clock.Advance(TimeSpan.FromSeconds(1));

        await scene.Consumer.AdvanceAsync();

        (await redis.Database.ListLengthAsync(scene.Keys.ReadyHigh)).Should().Be(1);
        (await scene.ClaimAsync(1)).Should().HaveCount(1);
    }

    [Fact]
    public async Task AnotherTypeOfKey_RefusesOnlyThePublishThatNeedsIt()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await redis.Database.StringSetAsync(scene.Keys.ReadyHigh, "x");

        var publish = () => scene.PublishAsync(1, Priority.High);

        await publish.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*{scene.Keys.ReadyHigh}*string*");
        await scene.PublishAsync(1, Priority.Normal, Priority.Low);
        (await scene.ClaimAsync(1)).Should().HaveCount(2);
    }

    [Fact]
    public async Task AnUnknownPriority_IsRefused_AndNothingIsPublished()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);

        var publish = () => scene.PublishAsync(1, (Priority)7);

        await publish.Should().ThrowAsync<ArgumentOutOfRangeException>()
            .WithMessage("Priority must be High, Normal or Low, but is 7.*");
        (await scene.Host.Events.CountAsync()).Ready.Should().Be(0);
    }

    [Fact]
    public async Task WithoutPriorities_NothingIsStored()
    {
        await using var scene = await Scene.BeginAsync(redis, concurrency: 12);
        await scene.PublishAsync(1, Priority.Normal);

        var lease = await scene.Consumer.ClaimOneAsync();

        var hash = scene.Host.Keyspace.Partitions[0].Keys.Event(lease.Delivery.Id);
        (await redis.Database.HashExistsAsync(hash, "priority")).Should().BeFalse();
        (await scene.KeysAsync("prioritized")).Should().BeEmpty();
    }

    internal sealed record Taken(string Id, int Number, Priority Priority, Lease Lease);

    private sealed class Scene(TestHost host, FakeTimeProvider clock, ManualConsumer consumer, IDatabase database) : IAsyncDisposable
    {
        private readonly Dictionary<string, (int Number, Priority Priority)> _published = new(StringComparer.Ordinal);

        public TestHost Host => host;

        public required DateTimeOffset Begin { get; init; }

        public FakeTimeProvider Clock => clock;

        public ManualConsumer Consumer => consumer;

        public GroupKeys Keys => host.Keyspace.Partitions[0].Keys.Of(host.Keyspace.Options.Group);

        public static async Task<Scene> BeginAsync(
            RedisFixture redis, int concurrency, bool subscribes = true, int? places = null, int? most = null)
        {
            var clock = EventTriggers.Tests.Clock.At2030();
            var host = TestHost.Create(
                redis,
                configure: options =>
                {
                    options.MaxReadyPerGroup = most;
                    options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
                },
                time: clock);
            var consumer = new ManualConsumer(host, concurrency: concurrency, time: clock);
            if (subscribes)
            {
                await consumer.SubscribeAsync("order.placed");
            }

            return new Scene(host, clock, consumer, redis.Database) { Begin = clock.GetUtcNow() };
        }

        /// <summary>Publishes so many of each priority, numbered by priority.</summary>
        public Task PublishAsync(int count, params Priority[] priorities) => PublishAsync(count, priorities, from: 0);

        public Task PublishAsync(int count, Priority priority, int from) => PublishAsync(count, [priority], from);

        public async Task<IReadOnlyList<Taken>> ClaimAsync(int times)
        {
            var all = new List<Taken>();
            for (var n = 0; n < times; n++)
            {
                all.AddRange((await consumer.ClaimAsync()).Select(Read));
            }

            return all;
        }

        public async Task<Taken> ClaimUntilAsync(Predicate<Taken> wanted)
        {
            while (true)
            {
                if ((await ClaimAsync(1)).FirstOrDefault(one => wanted(one)) is { } found)
                {
                    return found;
                }

                consumer.Left.Should().BePositive();
            }
        }

        public async Task<IReadOnlyList<string>> KeysAsync(string pattern)
        {
            var root = host.Keyspace.Partitions[0].Keys.Root;
            var names = new[] { "ready:", "ready-high:", "ready-low:", "prioritized" }
                .Where(name => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern)
                .Select(name => $"{root}:{name}{(name.EndsWith(':') ? host.Keyspace.Options.Group : string.Empty)}");
            var found = new List<string>();
            foreach (var name in names)
            {
                if (await database.KeyExistsAsync(name))
                {
                    found.Add(name);
                }
            }

            return found;
        }

        public ValueTask DisposeAsync() => host.DisposeAsync();

        private async Task PublishAsync(int count, Priority[] priorities, int from)
        {
            var (events, told) = (new List<EventToPublish>(), new List<(int Number, Priority Priority)>());
            for (var n = from; n < from + count; n++)
            {
                foreach (var priority in priorities)
                {
                    events.Add(EventToPublish.Of(new OrderPlaced(n), new() { Priority = priority }));
                    told.Add((n, priority));
                }
            }

            var results = await host.Bus.PublishManyAsync(events);
            for (var i = 0; i < results.Count; i++)
            {
                _published[results[i].Id] = told[i];
            }
        }

        private Taken Read(Lease lease)
        {
            var (number, priority) = _published.GetValueOrDefault(lease.Delivery.Id);
            return new Taken(lease.Delivery.Id, number, priority, lease);
        }
    }
}

file static class TakenExtensions
{
    public static int Count(this IReadOnlyList<PriorityTests.Taken> all, Priority priority) => all.Count(one => one.Priority == priority);
}
