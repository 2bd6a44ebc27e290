using System.Collections.Concurrent;
using System.Globalization;
using EventTriggers.Redis;
using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>
/// A Redis Cluster of three nodes: six partitions spread over them, and what befalls one node befalls its partitions only.
/// </summary>
public sealed class ClusterTests(RedisFixture redis, ITestOutputHelper output)
{
    internal const int Partitions = 6;

    [Fact]
    [Trait("Fault", "66")]
    public async Task EveryFeature_WorksOverAllNodes()
    {
        await using var cluster = await StartAsync();
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        var handled = new ConcurrentBag<(string Type, string Id)>();
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddHandler<Probe>(async (context, _) =>
                {
                    handled.Add((context.Type, context.Id));
                    if (context.Event.Marker == "fails" && context.Attempt < 3)
                    {
                        throw new InvalidOperationException("It fails twice.");
                    }

                    if (context.Event.Marker == "parent")
                    {
                        context.Publish(new Numbered(1));
                    }

                    if (context.Event.Marker == "hopeless")
                    {
                        throw new InvalidOperationException("It is hopeless.");
                    }
                })
                .AddHandler<Numbered>((context, _) =>
                {
                    handled.Add((context.Type, context.Id));
                    return default;
                }),
            options => (options.Partitions, options.MaxAttempts) = (Partitions, 3),
            prefix: await SpreadPrefixAsync(connection),
            connection: connection).Start();

        var many = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 600).Select(n => new Probe($"{n}"))])).Ids();
        await host.Bus.PublishAsync(new Probe("delayed"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(200), Id = "delayed" });
        await host.Bus.PublishAsync(new Probe("delayed"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(200), Id = "delayed" });
        await host.Bus.PublishAsync(new Probe("fails"), new PublishOptions { Id = "fails" });
        await host.Bus.PublishAsync(new Probe("parent"), new PublishOptions { Id = "parent" });
        var hopeless = (await host.Bus.PublishAsync(new Probe("hopeless"), new PublishOptions { Id = "hopeless" })).Id;
        var canceled = (await host.Bus.PublishAsync(
            new Probe("canceled"), new PublishOptions { Delay = TimeSpan.FromHours(1), Id = "canceled" })).Id;
        var timers = await Task.WhenAll(
            Enumerable.Range(0, 60)
                .Select(n => host.Triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(n)).Publish(new Numbered(n))).AsTask()));
        var watch = await host.Triggers.AddAsync(Trigger.On<Watched>().Publish(new Numbered(0)).WithId("watch"));
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 60).Select(n => new Watched(n))]);
        (await host.Events.CancelAsync(canceled)).Should().Be(CancelOutcome.Canceled);

        const int Raised = 60 + 60 + 1;
        await Wait.UntilAsync(
            async () => handled.Count(one => one.Type == "numbered") == Raised
                && await host.Events.CountAsync() is { Dead: 1, Ready: 0, Leased: 0, Delayed: 0 }, "all are settled");
        (await host.Events.RedriveAsync(hopeless)).Should().Be(RedriveOutcome.Redriven);
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Dead: 1, Ready: 0, Leased: 0, Delayed: 0 }
                && handled.Count(one => one.Id == "hopeless") == 6, "it failed again");

        handled.Count(one => one.Id == "fails").Should().Be(3);
        handled.Count(one => one.Id == "delayed").Should().Be(1);
        many.Should().OnlyContain(id => handled.Count(one => one.Id == id) == 1);
        (await host.Triggers.FindAsync(watch))!.FiringCount.Should().Be(60);
        timers.Select(id => handled.Count(one => one.Id.StartsWith($"{id}/", StringComparison.Ordinal))).Should()
            .OnlyContain(times => times == 1);
        (await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Processed }).CountAsync()).Should().Be(600 + 3 + Raised);
        (await host.Triggers.QueryAsync(new TriggerQuery()).CountAsync()).Should().Be(61);

        var calls = await Task.WhenAll(
            connection.GetServers().Select(async node => (await node.InfoAsync("commandstats")).SelectMany(static section => section)
            .Where(static pair => pair.Key == "cmdstat_evalsha")
                .Sum(static pair => long.Parse(pair.Value.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture))));
        output.WriteLine($"script calls by node: {string.Join(", ", calls)}");
        calls.Should().OnlyContain(count => count > 50, "work spreads over all nodes");
    }

    [Fact]
    [Trait("Fault", "64")]
    public async Task AKilledNode_StallsItsPartitionsOnly()
    {
        await using var cluster = await StartAsync();
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        var handled = new ConcurrentDictionary<string, int>();
        await using var host = await CreateHostAsync(connection, handled);
        var homes = Enumerable.Range(0, Partitions).Select(n => NodeOf(connection, cluster, host.Keyspace.Partitions[n].Keys.Root))
            .ToArray();
        var (dead, alive) = (IdsIn(host, n => homes[n] == 0), IdsIn(host, n => homes[n] != 0));
        await PublishAsync(host, dead.Take(50).Concat(alive.Take(50)));
        await Wait.UntilAsync(() => handled.Count == 100, "all flows");

        await cluster.Nodes[0].KillAsync();
        await PublishAsync(host, alive.Skip(50).Take(50));
        await Wait.UntilAsync(() => handled.Count == 150, "the other partitions go on");
        var refused = async () => await host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = dead[50] });
        await refused.Should().ThrowAsync<StoreUnavailableException>();
        await cluster.Nodes[0].RestartAsync();
        await PublishAsync(host, dead.Skip(50).Take(50));
        await Wait.UntilAsync(() => handled.Count == 200, "its partitions go on when it is back");

        handled.Values.Should().OnlyContain(times => times == 1);
        host.Log.TextsOf("12").Length.Should().BeLessThanOrEqualTo(homes.Count(static node => node == 0) * 2);
    }

    // The slot of a partition moves to another node, key by key, under traffic.
    [Fact]
    [Trait("Fault", "65")]
    public async Task ASlotThatMoves_LosesNothing()
    {
        await using var cluster = await StartAsync();
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(1));
        await using var host = TestHost.Create(redis, traffic.Build, options => options.ProcessedLimit = 2000, connection: connection)
            .Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 2000).Select(n => new Probe($"{n}"))]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2000, "there are keys to move");
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        var slot = connection.HashSlot(host.Keyspace.Partitions[0].Keys.Root);
        var from = NodeOf(connection, cluster, host.Keyspace.Partitions[0].Keys.Root);
        var to = (from + 1) % 3;

        var moved = await ClusterSlots.MoveAsync(cluster, slot, from, to);
        var resumed = await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{moved} keys moved under {traffic.Accepted.Count} events: lost {traffic.Lost.Count()}, duplicated {traffic.Duplicates}, "
            + $"resumed {resumed.TotalSeconds:0.0} s after it"));
        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0);
        (await new ManualConsumer(host).RepairAsync()).Should().Be(0, "every hash is in its index");
        NodeOf(connection, cluster, host.Keyspace.Partitions[0].Keys.Root).Should().Be(to);
    }

    // Handlers run while the slot of what they hold moves, and for leases after it.
    [Fact]
    [Trait("Fault", "135")]
    public async Task ASlotThatMoves_LeavesLeasesWithTheirHolders()
    {
        const int Handlers = 60;
        var lease = TimeSpan.FromSeconds(2);
        await using var cluster = await StartAsync();
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        await using var others = await OwnRedis.ConnectAsync(cluster.ConnectionString);
        var (finish, runs) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ConcurrentQueue<string>());
        await using var host = Create(connection).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, Handlers).Select(static n => new Probe($"{n}"))]);
        await Wait.UntilAsync(() => runs.Count == Handlers, "all are running");
        await using var other = Create(others, host.Prefix).Start();
        var (slot, from) = (
            connection.HashSlot(host.Keyspace.Partitions[0].Keys.Root), NodeOf(connection, cluster, host.Keyspace.Partitions[0].Keys.Root));

        var moved = await ClusterSlots.MoveAsync(cluster, slot, from, (from + 1) % 3);
        await Task.Delay(3 * lease);
        finish.SetResult();
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0, Dead: 0, Processed: Handlers },
            "all are settled");

        output.WriteLine($"{moved} keys moved under {Handlers} handlers, lease {lease}: {runs.Count} runs");
        runs.Should().OnlyHaveUniqueItems().And.HaveCount(Handlers);

        TestHost Create(ConnectionMultiplexer way, string? prefix = null) => TestHost.Create(
            redis,
            build => build.AddHandler<Probe>(async (context, token) =>
            {
                runs.Enqueue(context.Id);
                await finish.Task.WaitAsync(token);
            }),
            options =>
            {
                (options.Concurrency, options.LeaseDuration, options.RenewalInterval) = (2 * Handlers, lease, lease / 4);
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
            },
            prefix: prefix,
            connection: way);
    }

    // One of three comes back without its data.
    [Fact]
    [Trait("Fault", "136")]
    public async Task ANodeThatComesBackEmpty_IsMadeAgain_AndTheOthersGoOn()
    {
        await using var cluster = await StartAsync();
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        var (handled, raised) = (new ConcurrentDictionary<string, int>(), new ConcurrentQueue<string>());
        var prefix = await SpreadPrefixAsync(connection);
        var homes = Enumerable.Range(0, Partitions).Select(n => NodeOf(connection, cluster, $"{{{prefix}:{n}}}")).ToArray();
        var lost = Enumerable.Range(0, 1000).Select(static n => $"declared{n}")
            .First(id => homes[Routing.PartitionOf(id, Partitions)] == 0);
        await using var host = TestHost.Create(
            redis,
            build =>
            {
                build.AddTrigger(lost, Trigger.On<Watched>().Publish(new Numbered(1)));
                build.AddHandler<Numbered>((context, _) =>
                {
                    raised.Enqueue(context.Id);
                    return default;
                });
                build.AddHandler<Probe>((context, _) =>
                {
                    handled.AddOrUpdate(context.Id, 1, static (_, n) => n + 1);
                    return default;
                });
            },
            options =>
            {
                (options.Partitions, options.OperationTimeout) = (Partitions, TimeSpan.FromSeconds(20));
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
            },
            prefix: prefix,
            connection: connection).Start();
        var (dead, alive) = (IdsIn(host, n => homes[n] == 0), IdsIn(host, n => homes[n] != 0));
        await PublishAsync(host, dead.Take(50).Concat(alive.Take(50)));
        await Wait.UntilAsync(async () => handled.Count == 100 && await host.Triggers.FindAsync(lost) is not null, "all flows");

        await cluster.Nodes[0].KillAsync();
        Directory.Delete(Path.Combine(cluster.Nodes[0].Folder, "appendonlydir"), recursive: true);
        await PublishAsync(host, alive.Skip(50).Take(25));
        await Wait.UntilAsync(() => handled.Count == 125, "the other partitions go on");
        await cluster.Nodes[0].RestartAsync();
        var since = TimeProvider.System.GetTimestamp();
        await PublishAsync(host, dead.Skip(50).Take(50).Concat(alive.Skip(75)));
        await Wait.UntilAsync(() => handled.Count == 200, "its partitions go on without what they had");
        var flows = TimeProvider.System.GetElapsedTime(since);
        await Wait.UntilAsync(
            async () => await host.Triggers.FindAsync(lost) is not null, "the trigger is declared again", TimeSpan.FromMinutes(2));
        var declared = TimeProvider.System.GetElapsedTime(since);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => host.Bus.PublishAsync(new Watched(n)).AsTask()));
        await Wait.UntilAsync(() => raised.Count == 20, "it fires for each event");

        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"a node without its data: events flow {flows.TotalSeconds:0.0} s after it is back, the declared trigger is there after "
                + $"{declared.TotalSeconds:0.0} s"));
        handled.Values.Should().OnlyContain(static times => times == 1, "what others hold is not disturbed");
        var metas = await Task.WhenAll(
            host.Keyspace.Partitions.Select(partition => connection.GetDatabase().KeyExistsAsync($"{partition.Keys.Root}:meta")));
        metas.Should().AllBeEquivalentTo(true);
    }

    // A replica takes over. What the dead primary had not yet sent is gone, which Redis documents.
    [Fact]
    [Trait("Fault", "44")]
    [Trait("Fault", "46")]
    [Trait("Fault", "63")]
    public async Task AKilledPrimary_IsReplacedByItsReplica()
    {
        await using var cluster = await StartAsync(replicas: 3);
        await using var connection = await OwnRedis.ConnectAsync(cluster.ConnectionString, admin: true);
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            options =>
            {
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
                (options.LeaseDuration, options.RenewalInterval) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
            },
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await Task.Delay(500);

        await cluster.Nodes[NodeOf(connection, cluster, host.Keyspace.Partitions[0].Keys.Root)].KillAsync();
        var resumed = await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        output.WriteLine($"{traffic.Report(resumed)} (node timeout 2 s)");
        traffic.Lost.Count().Should().BeLessThanOrEqualTo(1, "one publish at a time was under way");
        host.Log.Texts.Should().NotContain(text => text.Contains("READONLY", StringComparison.Ordinal), "no script goes to a replica");
    }

    // Its machine hangs; nothing breaks, and the client would believe in it for 20 s. Then it comes back.
    [Fact]
    [Trait("Fault", "128")]
    public async Task APrimaryThatHangs_IsLeftForItsReplica()
    {
        await using var cluster = await StartAsync(replicas: 3);
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{cluster.ConnectionString},abortConnect=false");
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis, traffic.Build, options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1),
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();
        await Task.Delay(500);
        var primary = cluster.Nodes[NodeOf(connection, cluster, host.Keyspace.Partitions[0].Keys.Root)];

        await Signals.SendAsync(primary.Id, "STOP");
        var resumed = await traffic.FlowsAsync();
        await Signals.SendAsync(primary.Id, "CONT");
        await Task.Delay(TimeSpan.FromSeconds(5));
        await traffic.FlowsAsync();
        await traffic.EndAsync(host.Events);

        output.WriteLine($"{traffic.Report(resumed)} (node timeout 2 s)");
        resumed.Should().BeLessThan(TimeSpan.FromSeconds(15), "the client would take more than 20 s by itself");
        traffic.Lost.Count().Should().BeLessThanOrEqualTo(1, "one publish at a time was under way");
    }

    internal static int NodeOf(ConnectionMultiplexer connection, ClusterProcesses cluster, RedisKey key)
    {
        var endpoint = connection.GetDatabase().IdentifyEndpoint(key)!.ToString()!;
        return cluster.Nodes.Select((node, i) => (node, i))
            .Single(one => endpoint.EndsWith($":{one.node.Port}", StringComparison.Ordinal)).i;
    }

    // Hash tags fall where they fall: a prefix whose partitions are on every node.
    internal static async Task<string> SpreadPrefixAsync(ConnectionMultiplexer connection)
    {
        await connection.GetDatabase().PingAsync();
        while (true)
        {
            var prefix = RedisFixture.NewPrefix();
            var nodes = Enumerable.Range(0, Partitions)
                .Select(n => connection.GetDatabase().IdentifyEndpoint($"{{{prefix}:{n}}}")!.ToString()).Distinct();
            if (nodes.Count() == 3)
            {
                return prefix;
            }
        }
    }

    private static string[] IdsIn(TestHost host, Func<int, bool> partition) =>
        [.. Enumerable.Range(0, 100_000).Select(n => $"id{n}").Where(id => partition(host.Keyspace.PartitionOf(id).Index)).Take(100)];

    private static Task PublishAsync(TestHost host, IEnumerable<string> ids) =>
        Task.WhenAll(ids.Select(id => host.Bus.PublishAsync(new Probe("x"), new PublishOptions { Id = id }).AsTask()));

    private async Task<TestHost> CreateHostAsync(ConnectionMultiplexer connection, ConcurrentDictionary<string, int> handled) =>
        TestHost.Create(
        redis,
        build => build.AddHandler<Probe>((context, _) =>
        {
            handled.AddOrUpdate(context.Id, 1, (_, n) => n + 1);
            return default;
        }),
        options =>
        {
            (options.Partitions, options.OperationTimeout) = (Partitions, TimeSpan.FromSeconds(20));
            options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
        },
        prefix: await SpreadPrefixAsync(connection),
        connection: connection).Start();

    private async Task<ClusterProcesses> StartAsync(int replicas = 0)
    {
        redis.SkipUnlessRedis();

        return await ClusterProcesses.StartAsync(primaries: 3, replicas, CancellationToken.None);
    }
}

/// <summary>An event that a trigger waits for.</summary>
[EventType("watched")]
public sealed record Watched(int Number);
