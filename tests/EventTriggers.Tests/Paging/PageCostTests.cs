using System.Globalization;
using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Paging;

/// <summary>
/// What a page costs, by the commands that the server ran: one call from the client, and in it a bounded number of entries, however many
/// there are and however deep the page is. EVENTTRIGGERS_PAGED_ENTRIES sets how many: 100,000 unless it is given.
/// </summary>
public sealed class PageCostTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int MostEntries = 200;

    private static readonly int Entries = int.Parse(
        Environment.GetEnvironmentVariable("EVENTTRIGGERS_PAGED_ENTRIES") ?? "100000", CultureInfo.InvariantCulture);

    // Of one millisecond are as many as a bulk of failures makes, or all.
    [Theory]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public async Task APage_HoweverDeep_LooksAtABoundedNumberOfEntries(int perMs)
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        await FillAsync(host, connection.GetDatabase(), perMs);
        var query = new EventQuery { Status = DeliveryStatus.Dead, ErrorContains = "rare" };
        await host.Events.ListAsync(query);
        var (found, examined, pages, cursor, most) = (0, 0, 0, (string?)null, 0L);
        do
        {
            var before = await CommandStats.CallsAsync(connection);
            var page = await host.Events.ListAsync(query, cursor);
            var calls = await CommandStats.CallsAsync(connection, before);

            calls.GetValueOrDefault("evalsha").Should().Be(1, "a page is one round trip");
            var inScript = calls.Where(static one => one.Key is not ("evalsha" or "ping" or "info")).Sum(static one => one.Value);
            most = Math.Max(most, inScript);
            page.Examined.Should().BeLessThanOrEqualTo(MostEntries);
            (found, examined, cursor, pages) = (found + page.Events.Count, examined + page.Examined, page.Cursor, pages + 1);
        }
        while (cursor is not null && pages < 40);

        // A check of types, a search among entries of one score, a look at each entry, and the hashes of those that match.
        most.Should().BeLessThanOrEqualTo(10 + 20 + MostEntries + 50);
        (examined, found).Should().Be((pages * MostEntries, pages * MostEntries / 100));
        var usec = (await connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(static section => section)
            .Single(static one => one.Key == "cmdstat_evalsha").Value.Split("usec_per_call=")[1].Split(',')[0];
        output.WriteLine($"{Entries} dead letters: {most} commands in a page at most, {usec} µs of the server a page");
    }

    [Fact]
    public async Task DeepPages_CostWhatTheFirstCosts_AndEndWithTheLastEntry()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        await FillAsync(host, connection.GetDatabase(), perMs: 7);
        var (query, ids, cursor, calls) = (new EventQuery { Status = DeliveryStatus.Dead }, new HashSet<string>(), (string?)null, 0);
        var before = await CommandStats.CallsAsync(connection);
        do
        {
            var page = await host.Events.ListAsync(query, cursor, 200);
            ids.UnionWith(page.Events.Select(static one => one.Id));
            (cursor, calls) = (page.Cursor, calls + 1);
        }
        while (cursor is not null);

        ids.Should().HaveCount(Entries);
        calls.Should().BeInRange(Entries / 200, (Entries / 200) + 1);
        var inScripts = (await CommandStats.CallsAsync(connection, before)).Where(static one => one.Key is "zrevrange" or "zcount")
            .Sum(static one => one.Value);
        ((double)inScripts / calls).Should().BeLessThan(12, "no page looks further for where to go on");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task APage_IsOneCallToEachPartition(int partitions)
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions, connection: connection);
        await Parallel.ForAsync(0, 60, async (n, token) =>
        {
            await host.Bus.PublishAsync(new OrderPlaced(n), PublishResults.Spread(), token);
            await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).Tagged("x").Publish(new Reminder(n)), token);
        });
        Func<string?, Task<string?>>[] lists =
        [
            async cursor => (await host.Events.ListAsync(new EventQuery(), cursor, 10)).Cursor,
            async cursor => (await host.Events.ListUnroutedAsync(null, cursor, 10)).Cursor,
            async cursor => (await host.Triggers.ListAsync(new TriggerQuery(), cursor, 10)).Cursor,
            async cursor => (await host.Triggers.ListAsync(new TriggerQuery { Tag = "x" }, cursor, 10)).Cursor,
        ];

        foreach (var list in lists)
        {
            // The first call of a script sends its text.
            var cursor = await list(await list(null));
            var before = await CommandStats.CallsAsync(connection);
            await list(cursor);
            (await CommandStats.CallsAsync(connection, before))["evalsha"].Should().Be(partitions);
        }
    }

    [Theory]
    [InlineData("redrive")]
    [InlineData("discard")]
    [InlineData("none")]
    public async Task AStepOfABulkOperation_LooksAtABoundedNumberOfEntries(string kind)
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(static options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await host.Keyspace.EnsureReadyAsync();
        await FillAsync(host, connection.GetDatabase(), perMs: int.MaxValue);
        var query = new EventQuery { ErrorContains = kind == "none" ? "no such error" : null };
        var id = kind == "discard" ? await host.Events.DiscardAsync(query) : await host.Events.RedriveAsync(query);
        var (consumer, most) = (new ManualConsumer(host), 0L);
        await consumer.AdvanceOperationAsync();
        for (var step = 0; step < 50; step++)
        {
            var before = await CommandStats.CallsAsync(connection);
            await consumer.AdvanceOperationAsync();
            var calls = await CommandStats.CallsAsync(connection, before);
            most = Math.Max(most, calls.Where(static one => one.Key is not ("ping" or "info")).Sum(static one => one.Value));
        }

        // For each entry: a look, its removal, its fields.
        most.Should().BeLessThanOrEqualTo(60 + (100 * 6));
        (await host.Operations.FindAsync(id))!.Examined.Should().Be(51 * 100);
        var usec = (await connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(static section => section)
            .Single(static one => one.Key == "cmdstat_evalsha").Value.Split("usec_per_call=")[1].Split(',')[0];
        output.WriteLine($"{Entries} dead letters, {kind}: {most} commands in a step at most, {usec} µs of the server a step");
    }

    // Written as it would stand there after all attempts failed; every hundredth with another error.
    private static async Task FillAsync(TestHost host, IDatabase database, int perMs)
    {
        var keys = host.Keyspace.Partitions[0].Keys;
        foreach (var chunk in Enumerable.Range(0, Entries).Chunk(2000))
        {
            var batch = database.CreateBatch();
            Task[] all =
            [
                batch.SortedSetAddAsync(
                    keys.Of("default").Dead,
                    [.. chunk.Select(n => new SortedSetEntry($"e{n:0000000}", 1_795_000_000_000 + (n / perMs)))]),
                .. chunk.Select(n => batch.HashSetAsync(keys.Event($"e{n:0000000}"),
                [
                    new("type", "order.placed"), new("at", 1), new("data", "{}"), new("status:default", "dead"),
                    new("error:default", n % 100 == 0 ? "A rare failure." : "The usual failure."),
                ])),
            ];
            batch.Execute();
            await Task.WhenAll(all);
        }
    }
}
