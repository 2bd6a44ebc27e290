using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// Guarantees counted over large numbers; a full run has a million events, ten thousand zombies, a hundred thousand races.
/// </summary>
public sealed class FigureTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Batch = 500;

    // Guarantee 1; fault 103: without faults each event is handled exactly once, and nothing stays behind.
    [Fact]
    [Trait("Fault", "103")]
    public async Task WithoutAFault_EachEventIsHandledOnceAndNothingStays()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        var count = Rounds.Of(1_000_000);
        var runs = new int[count];
        var hosts = new List<TestHost>();
        var connections = new List<ConnectionMultiplexer>();
        var prefix = RedisFixture.NewPrefix();
        for (var i = 0; i < 2; i++)
        {
            connections.Add(await server.ConnectAsync());
            hosts.Add(TestHost.Create(
                redis,
                build => build.AddHandler<Numbered>((context, _) =>
                {
                    Interlocked.Increment(ref runs[context.Event.Number]);
                    return default;
                }),
                options => (options.ProcessedLimit, options.Concurrency) = (0, 200),
                prefix: prefix,
                connection: connections[i],
                level: Microsoft.Extensions.Logging.LogLevel.Information).Start());
        }

        await hosts[0].Bus.PublishAsync(new Numbered(0));
        await Wait.UntilAsync(
            async () => Volatile.Read(ref runs[0]) == 1 && await hosts[0].Events.CountAsync() is { Leased: 0 }, "the first is settled");
        var before = await KeysAsync(server);
        await Parallel.ForEachAsync(
            Enumerable.Range(1, count - 1).Chunk(Batch),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (numbers, _) => await hosts[numbers[0] % 2].Bus.PublishManyAsync(
                [.. numbers.Select(n => new Numbered(n))], cancellationToken: CancellationToken.None));
        await Wait.UntilAsync(
            async () => await hosts[0].Events.CountAsync() is { Ready: 0, Leased: 0 }, "all are settled", TimeSpan.FromMinutes(5));
        var after = await KeysAsync(server);
        await Task.WhenAll(hosts.Select(host => host.StopAsync()));

        var (lost, duplicates) = (runs.Count(n => n == 0), runs.Skip(1).Sum(n => Math.Max(0, n - 1)));
        output.WriteLine($"{count} events: lost {lost}, duplicated {duplicates}; keys before {before.Count}, after {after.Count}");
        (lost, duplicates).Should().Be((0, 0));

        // Where this takes longer than a minute, the repair of indexes has begun, and keeps its place.
        after.Where(static key => !key.EndsWith(":repair", StringComparison.Ordinal)).Should().BeSubsetOf(before);
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        connections.ForEach(connection => connection.Dispose());
    }

    // Guarantee 6; faults 9 and 27: whatever a zombie says, nothing changes.
    [Fact]
    [Trait("Fault", "9")]
    [Trait("Fault", "27")]
    public async Task WhatZombiesSay_IsRefused()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, configure: options => (
                options.LeaseDuration, options.ProcessedLimit) = (TimeSpan.FromSeconds(20), 1_000_000), time: clock);
        var (zombie, heir) = (
            new ManualConsumer(host, concurrency: 5000, time: clock), new ManualConsumer(host, concurrency: 5000, time: clock));
        await zombie.SubscribeAsync("probe");
        var count = Rounds.Of(10_000);
        foreach (var numbers in Enumerable.Range(0, count).Chunk(Batch))
        {
            await host.Bus.PublishManyAsync([.. numbers.Select(n => new Probe($"{n}"))]);
        }

        var old = await zombie.ClaimAllAsync();
        clock.Advance(TimeSpan.FromSeconds(21));
        while (await host.Events.CountAsync() is { Leased: > 0 })
        {
            await heir.ReapAsync();
        }

        var current = await heir.ClaimAllAsync();
        var outcomes = Enum.GetValues<Outcome>().Where(outcome => outcome != Outcome.Abandon).ToArray();
        await zombie.SettleAsync([.. old.Select((lease, i) => new Settlement(lease, outcomes[i % outcomes.Length]))]);
        await zombie.RenewAsync();

        var counts = await host.Events.CountAsync();
        var accepted = count - counts.Leased;
        output.WriteLine($"{old.Count} zombies: stale outcomes accepted {accepted}");
        (old.Count, current.Count, accepted).Should().Be((count, count, 0));
        await heir.SettleAsync([.. current.Select(lease => new Settlement(lease, Outcome.Done))]);
        (await host.Events.CountAsync()).Processed.Should().Be(count);
    }

    // Guarantee 4; fault 87.
    [Fact]
    [Trait("Fault", "87")]
    public async Task ACanceledTrigger_NeverFires()
    {
        var fired = new ConcurrentDictionary<string, int>();
        var loops = new List<TestHost>();
        var prefix = RedisFixture.NewPrefix();
        for (var i = 0; i < 3; i++)
        {
            loops.Add(TestHost.Create(
                redis,
                build => build.AddHandler<Probe>((context, _) =>
                {
                    fired.AddOrUpdate(context.Firing!.TriggerId, 1, (_, n) => n + 1);
                    return default;
                }),
                options => options.ProcessedLimit = 1000,
                prefix: prefix,
                level: Microsoft.Extensions.Logging.LogLevel.Information).Start());
        }

        var store = loops[0].Triggers;
        var outcomes = new ConcurrentDictionary<string, CancelOutcome>();
        var count = Rounds.Of(100_000);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, token) =>
        {
            var id = await store.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(n % 4)).Publish(new Probe("x")), token);
            await Task.Delay(n % 5, token);
            outcomes[id] = await store.CancelAsync(id, token);
        });
        await Wait.UntilAsync(async () => await loops[0].Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "all are settled");
        await Task.WhenAll(loops.Select(loop => loop.StopAsync()));

        var canceled = outcomes.Where(pair => pair.Value == CancelOutcome.Canceled).Select(pair => pair.Key).ToList();
        var late = outcomes.Where(pair => pair.Value == CancelOutcome.TooLate).Select(pair => pair.Key).ToHashSet();
        output.WriteLine(
            $"{count} races: {canceled.Count} canceled, of which fired {canceled.Count(fired.ContainsKey)}; {late.Count} too late, of "
            + $"which fired once {late.Count(id => fired.GetValueOrDefault(id) == 1)}");
        canceled.Count(fired.ContainsKey).Should().Be(0);
        (canceled.Count + late.Count).Should().Be(count, "there is no third case");
        late.SetEquals(fired.Keys).Should().BeTrue("what could not be cancelled has fired");
        fired.Values.Should().OnlyContain(times => times == 1);
        canceled.Should().NotBeEmpty();
        late.Should().NotBeEmpty();
        foreach (var loop in loops)
        {
            await loop.DisposeAsync();
        }
    }

    // Everything is due in the same millisecond, and another group's events do not wait for it.
    [Fact]
    [Trait("Fault", "84")]
    public async Task AHerdThatIsDueAtOnce_FiresOnceEach()
    {
        var count = Rounds.Of(50_000);
        var fired = new ConcurrentDictionary<string, int>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<Probe>((context, _) =>
            {
                fired.AddOrUpdate(context.Firing!.TriggerId, 1, (_, n) => n + 1);
                return default;
            }),
            options => options.ProcessedLimit = 1000,
            level: Microsoft.Extensions.Logging.LogLevel.Information);
        var due = DateTimeOffset.UtcNow + TimeSpan.FromHours(1);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, token) =>
            await host.Triggers.AddAsync(Trigger.At(due).Publish(new Probe("x")).WithId($"t{n}"), token));
        var ids = await redis.Database.SortedSetLengthAsync($"{{{host.Prefix}:0}}:triggers");

        // All of them are due now.
        foreach (var some in Enumerable.Range(0, count).Chunk(1000))
        {
            await redis.Database.SortedSetAddAsync($"{{{host.Prefix}:0}}:triggers", [.. some.Select(n => new SortedSetEntry($"t{n}", 1))]);
        }

        host.Start();
        await Wait.UntilAsync(
            async () => fired.Count == count
                && await host.Events.CountAsync() is { Ready: 0, Leased: 0 }, "all have fired", TimeSpan.FromMinutes(5));

        ids.Should().Be(count);
        fired.Values.Should().OnlyContain(times => times == 1);
        output.WriteLine($"{count} triggers due in one millisecond: fired once each");
    }

    private static async Task<HashSet<string>> KeysAsync(OwnRedis server)
    {
        var keys = new HashSet<string>();
        await foreach (var key in server.Admin.GetServers()[0].KeysAsync(pageSize: 1000))
        {
            keys.Add(key.ToString());
        }

        return keys;
    }
}

/// <summary>A numbered event.</summary>
[EventType("numbered")]
public sealed record Numbered(int Number);
