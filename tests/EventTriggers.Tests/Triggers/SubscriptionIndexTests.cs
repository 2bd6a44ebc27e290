using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Triggers;

/// <summary>What the matching processes cache goes when nothing subscribes to it any more.</summary>
public sealed class SubscriptionIndexTests(RedisFixture redis)
{
    [Fact]
    public async Task Match_WhenTheLastTriggerOfATypeHasEnded_CachesNothingOfTheType()
    {
        await using var host = TestHost.Create(redis);
        var indexes = IndexesOf(host);
        var id = await host.Triggers.AddAsync(Trigger.On("hook").Publish(new Reminder(1)));
        var cached = await EnsureAsync(host, indexes, "hook");

        await host.Triggers.CancelAsync(id);
        await EnsureAsync(host, indexes, "hook");

        (cached, indexes.Count).Should().Be((1, 0));
    }

    // Events of a type without subscriptions are not matched any more: only the server knows.
    [Fact]
    public async Task Sweep_DropsTypesThatNothingWaitsForAnyMore_AndNoOthers()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var indexes = IndexesOf(host);
        for (var n = 0; n < 20; n++)
        {
            var id = await host.Triggers.AddAsync(Trigger.On($"hook{n}").Publish(new Reminder(1)));
            await EnsureAsync(host, indexes, $"hook{n}");
            if (n > 0)
            {
                await host.Triggers.CancelAsync(id);
            }
        }

        var before = indexes.Count;
        clock.Advance(TimeSpan.FromMinutes(2));
        await indexes.SweepAsync();

        (before, indexes.Count).Should().Be((20, 1));
    }

    // Otherwise each event would be searched for values that no trigger asks for.
    [Fact]
    public async Task Match_WhenTheLastTriggerThatIsLookedUpByAFieldHasEnded_ForgetsTheField()
    {
        await using var host = TestHost.Create(redis);
        var partition = host.Keyspace.Partitions[0];
        var subscriptions = new SubscriptionWriter(host.Keyspace);
        for (var n = 0; n < 1000; n++)
        {
            await AddAsync(host, $"t{n}", pattern: null);
        }

        await AddAsync(host, "x", """{"a":[1]}""");
        await AddAsync(host, "y", """{"b":[1]}""");
        var probe = new Probe(host, partition);
        var before = await probe.FieldsAsync();
        await subscriptions.RemoveAsync(
            new TriggerSubscription("x", "v"), new SubscribedType("hook", EventPattern.Parse("""{"a":[1]}"""), SubscriptionRole.First));
        await AddAsync(host, "z", pattern: null);

        before.Should().BeEquivalentTo("/a", "/b");
        (await probe.FieldsAsync()).Should().BeEquivalentTo("/b");
        await AddAsync(host, "x", """{"a":[1]}""");
        (await probe.FieldsAsync()).Should().BeEquivalentTo("/a", "/b");
    }

    // An event that asks for a hundred thousand look-ups would hold up the server.
    [Theory]
    [InlineData(10_000, DeliveryStatus.Processed)]
    [InlineData(10_001, DeliveryStatus.Dead)]
    public async Task Match_OfMoreValuesThanAreLookedUp_IsADeadLetterThatSaysSo(int values, DeliveryStatus status)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await Task.WhenAll(
            Enumerable.Range(0, 1001).Select(n => scene.AddAsync(Trigger.On("hook").Matching($$"""{"a":[{{n}}]}""")).AsTask()));

        var id = await scene.PublishAsync("hook", $$"""{"a":[{{string.Join(',', Enumerable.Range(100_000, values))}}]}""");

        var delivery = (await scene.Host.Events.FindAsync(id))!.Deliveries.Single(static one => one.Group == TriggerMatcher.Group);
        delivery.Status.Should().Be(status);
        (delivery.Error ?? "more than 10000 values").Should().Contain("more than 10000 values");
    }

    private static ValueTask AddAsync(TestHost host, string id, string? pattern) => new SubscriptionWriter(host.Keyspace).AddAsync(
        new TriggerSubscription(id, "v"), new SubscribedType(
            "hook", pattern is null
                ? null
                : EventPattern.Parse(pattern), SubscriptionRole.First), host.Keyspace.Begin(TestContext.Current.CancellationToken));

    private static SubscriptionIndexes IndexesOf(TestHost host) =>
        new(host.Keyspace, new SubscriptionWriter(host.Keyspace), new TriggerErrorReporter(host.Keyspace, NullLogger.Instance));

    private static async Task<int> EnsureAsync(TestHost host, SubscriptionIndexes indexes, string type)
    {
        var index = indexes.GetOrAdd(host.Keyspace.Partitions[0], type);
        await index.EnsureAsync(Watermark.Everything);
        indexes.DropIfEmpty(host.Keyspace.Partitions[0], type, index);
        return indexes.Count;
    }

    /// <summary>Reads what has changed, as the matching processes do.</summary>
    private sealed class Probe(TestHost host, Partition partition)
    {
        private readonly TriggerCache _cache = new();
        private string _epoch = string.Empty;
        private long _number;

        public async Task<IEnumerable<string>> FieldsAsync()
        {
            for (var hasMore = true; hasMore;)
            {
                var changes = await host.Keyspace.Scripts.RunAsync(
                    new SubscriptionChangesRequest { Partition = partition, Type = "hook", Epoch = _epoch, Number = _number, GoesOn = true,
                        Limit = 500 });
                (_epoch, _number, hasMore) = (changes!.Epoch, changes.Number, changes.HasMore);
                _cache.Apply(
                    changes.Removed, [], [
                        .. changes.Added.Select(static one => one.Member).Where(TriggerSubscription.IsField)
                            .Select(TriggerSubscription.FieldOf),
                    ]);
            }

            return _cache.FieldNames;
        }
    }
}
