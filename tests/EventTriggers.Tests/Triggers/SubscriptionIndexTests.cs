using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Triggers;

/// <summary>What those who match hold in memory goes when nothing waits for it any more.</summary>
public sealed class SubscriptionIndexTests(RedisFixture redis)
{
    [Fact]
    public async Task Match_WhenTheLastTriggerOfATypeHasEnded_HoldsNothingOfTheType()
    {
        await using var host = TestHost.Create(redis);
        var indexes = IndexesOf(host);
        var id = await host.Triggers.AddAsync(Trigger.On("hook").Publish(new Reminder(1)));
        var held = await EnsureAsync(host, indexes, "hook");

        await host.Triggers.CancelAsync(id);
        await EnsureAsync(host, indexes, "hook");

        (held, indexes.Count).Should().Be((1, 0));
    }

    // Events of a type that nothing waits for do not come here any more: only the server tells.
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

    // Else each event would be searched for values that nobody asks for.
    [Fact]
    public async Task Match_WhenTheLastTriggerThatIsLookedUpByAFieldHasEnded_ForgetsTheField()
    {
        await using var host = TestHost.Create(redis);
        var partition = host.Keyspace.Partitions[0];
        var watches = new SubscriptionWriter(host.Keyspace);
        for (var n = 0; n < 1000; n++)
        {
            await AddAsync(host, $"t{n}", pattern: null);
        }

        await AddAsync(host, "x", """{"a":[1]}""");
        await AddAsync(host, "y", """{"b":[1]}""");
        var held = new Probe(host, partition);
        var before = await held.FieldsAsync();
        await watches.RemoveAsync(new TriggerSubscription("x", "v"), new SubscribedType("hook", EventPattern.Parse("""{"a":[1]}"""), SubscriptionRole.First));
        await AddAsync(host, "z", pattern: null);

        before.Should().BeEquivalentTo("/a", "/b");
        (await held.FieldsAsync()).Should().BeEquivalentTo("/b");
        await AddAsync(host, "x", """{"a":[1]}""");
        (await held.FieldsAsync()).Should().BeEquivalentTo("/a", "/b");
    }

    // An event that asks for a hundred thousand look-ups would hold up the server.
    [Theory]
    [InlineData(10_000, DeliveryStatus.Processed)]
    [InlineData(10_001, DeliveryStatus.Dead)]
    public async Task Match_OfMoreValuesThanAreLookedUp_IsADeadLetterThatSaysSo(int values, DeliveryStatus status)
    {
        await using var scene = await MatchScene.CreateAsync(redis);
        await Task.WhenAll(Enumerable.Range(0, 1001).Select(n => scene.AddAsync(Trigger.On("hook").Matching($$"""{"a":[{{n}}]}""")).AsTask()));

        var id = await scene.PublishAsync("hook", $$"""{"a":[{{string.Join(',', Enumerable.Range(100_000, values))}}]}""");

        var delivery = (await scene.Host.Events.FindAsync(id))!.Deliveries.Single(static one => one.Group == TriggerMatcher.Group);
        delivery.Status.Should().Be(status);
        (delivery.Error ?? "more than 10000 values").Should().Contain("more than 10000 values");
    }

    private static ValueTask AddAsync(TestHost host, string id, string? pattern) => new SubscriptionWriter(host.Keyspace).AddAsync(
        new TriggerSubscription(id, "v"), new SubscribedType("hook", pattern is null ? null : EventPattern.Parse(pattern), SubscriptionRole.First), host.Keyspace.Begin(TestContext.Current.CancellationToken));

    private static SubscriptionIndexes IndexesOf(TestHost host) => new(host.Keyspace, new SubscriptionWriter(host.Keyspace), new TriggerErrorReporter(host.Keyspace, NullLogger.Instance));

    private static async Task<int> EnsureAsync(TestHost host, SubscriptionIndexes indexes, string type)
    {
        var index = indexes.Of(host.Keyspace.Partitions[0], type);
        await index.EnsureAsync(Watermark.Everything);
        indexes.DropIfEmpty(host.Keyspace.Partitions[0], type, index);
        return indexes.Count;
    }

    /// <summary>Learns what has changed, as those who match do.</summary>
    private sealed class Probe(TestHost host, Partition partition)
    {
        private readonly TriggerCache _held = new();
        private string _epoch = string.Empty;
        private string _number = "0";

        public async Task<IEnumerable<string>> FieldsAsync()
        {
            for (var more = true; more;)
            {
                var words = await host.Keyspace.Scripts.RunForWordsAsync(
                    Script.Changes, (StackExchange.Redis.RedisKey[])[partition.Keys.Root, partition.Keys.On("hook"), partition.Keys.Watched("hook"), partition.Keys.Off("hook")],
                    (StackExchange.Redis.RedisValue[])[_epoch, _number, "1", "500"]);
                (_epoch, _number, more) = (words[0], words[2], words[3] == "1");
                var outs = int.Parse(words[4], System.Globalization.CultureInfo.InvariantCulture);
                _held.Apply(words[5..(5 + outs)], [], [.. words[(5 + outs)..].Where(TriggerSubscription.IsField).Select(TriggerSubscription.FieldOf)]);
            }

            return _held.FieldNames;
        }
    }
}
