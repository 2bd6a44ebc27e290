using CsCheck;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Testing;
using EventTriggers.Tests.Model;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// A query by tag reads the triggers of that tag and no others, whatever happens to triggers, and its index holds nothing of those that are
/// forgotten.
/// </summary>
public sealed class TagIndexTests(RedisFixture redis)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(2);
    private static readonly string[] Tags = ["a", "b", "team:eu/1", "cc"];

    private enum Step
    {
        Add,
        AddAgain,
        Replace,
        Declare,
        Update,
        Advance,
        FireNow,
        Pause,
        Cancel,
        Wait,
        Sweep,
    }

    // The judge of which triggers there are, and in which order, is the query that reads all of them; of who has which tag a dictionary.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task AnySequence_LeavesWhatADictionaryOfSetsHolds(int partitions) =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 9], Gen.Int[0, 15], Gen.Int[0, 99]).List[1, 60]
            .SampleAsync(steps => RunAsync(partitions, steps), iter: ModelRounds.Of(15), threads: 1);

    [Fact]
    public async Task Query_ByATag_ReadsTheTriggersOfThatTagAlone()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await server.ConnectAsync(options => options.AllowAdmin = true);
        await using var host = TestHost.Create(redis, connection: connection);
        await Parallel.ForAsync(0, 1000, async (n, token) =>
        {
            var trigger = Trigger.After(Hour).WithId($"t{n}");
            await host.Triggers.AddAsync(
                (n % 200 == 0 ? trigger.Tagged("rare") : trigger.Tagged("frequent")).Publish(new Reminder(n)), token);
        });
        await IdsAsync(host, new TriggerQuery { Tag = "none" });
        var before = await CommandStats.CallsAsync(connection);

        var found = await IdsAsync(host, new TriggerQuery { Tag = "rare" });
        var calls = await CommandStats.CallsAsync(connection, before);

        found.Should().BeEquivalentTo("t0", "t200", "t400", "t600", "t800");
        calls.Where(static pair => pair.Value > 0 && pair.Key is not ("ping" or "info"))
            .Should().BeEquivalentTo(new Dictionary<string, long> { ["evalsha"] = 1, ["zrange"] = 1, ["zscore"] = 5, ["hgetall"] = 5 });
    }

    [Fact]
    public async Task Query_ByATagThatNobodyHas_FindsNothing()
    {
        await using var host = TestHost.Create(redis);
        await host.Triggers.AddAsync(Trigger.After(Hour).Tagged("known").Publish(new Reminder(1)));

        foreach (var tag in (string[])["know", "known:", string.Empty, "no tag}", "*", "\0", new string('x', 5000)])
        {
            (await IdsAsync(host, new TriggerQuery { Tag = tag })).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Query_OfMoreThanAPage_ListsEachOnceByDueTime()
    {
        await using var host = TestHost.Create(redis);
        await Parallel.ForAsync(
            0, 1201, async (n, token) => await host.Triggers.AddAsync(
                Trigger.After(TimeSpan.FromMinutes(1 + (n * 7919 % 1201))).WithId($"t{n}").Tagged("many").Publish(new Reminder(n)), token));

        var found = await host.Triggers.QueryAsync(new TriggerQuery { Tag = "many" }).ToListAsync();

        found.Select(static one => one.Id).Should().OnlyHaveUniqueItems().And.HaveCount(1201);
        found.Select(static one => one.DueAt).Should().BeInAscendingOrder();
    }

    [Fact]
    public async Task APage_WhenWhatWasReadHasLeft_BeginsWhereTheLastEnded()
    {
        await using var host = TestHost.Create(redis);
        var keys = host.Keyspace.Partitions[0].Keys;
        for (var n = 0; n < 6; n++)
        {
            await host.Triggers.AddAsync(Trigger.After(Hour).WithId($"t{n}").Tagged("x").Publish(new Reminder(n)));
        }

        async Task<TaggedPage> PageAsync(string after) => await host.Keyspace.Scripts.RunAsync(
            new TaggedRequest { Partition = host.Keyspace.Partitions[0], Tag = "x", After = after, Count = 3 });
        var first = await PageAsync(string.Empty);
        await redis.Database.SortedSetRemoveAsync(keys.Tagged("x"), ["t0", "t1", "t2"]);
        var second = await PageAsync(first.Last);
        var third = await PageAsync(second.Last);

        first.Triggers.Select(static trigger => trigger.Id).Should().Equal("t0", "t1", "t2");
        second.Triggers.Select(static trigger => trigger.Id).Should().Equal("t3", "t4", "t5");
        third.Triggers.Should().BeEmpty();
        third.Last.Should().BeEmpty();
    }

    [Fact]
    public async Task AnEndedTrigger_IsForgottenByTheIndexWithItsHash()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedLimit = 2, time: clock);
        for (var n = 0; n < 5; n++)
        {
            await host.Triggers.AddAsync(Trigger.After(Hour).WithId($"t{n}").Tagged("x", $"y{n}").Publish(new Reminder(n)));
            await host.Triggers.CancelAsync($"t{n}");
        }

        (await IndexAsync(host, "x")).Should().Equal("t3", "t4");
        (await Task.WhenAll(Enumerable.Range(0, 5).Select(n => IndexAsync(host, $"y{n}")))).Count(static index => index.Length > 0).Should()
            .Be(2);
    }

    [Fact]
    public async Task TriggersWithoutTags_WriteNothingOfThem()
    {
        await using var host = TestHost.Create(redis);

        await host.Triggers.AddAsync(Trigger.After(Hour).Publish(new Reminder(1)));

        (await redis.Database.KeyExistsAsync($"{host.Keyspace.Partitions[0].Keys.Root}:tagged")).Should().BeFalse();
    }

    [Fact]
    public async Task Add_WhenTheIndexOfATagIsSomethingElse_NamesItAndStoresNothing()
    {
        await using var host = TestHost.Create(redis);
        var index = host.Keyspace.Partitions[0].Keys.Tagged("mine");
        await redis.Database.StringSetAsync(index, "x");

        var add = async () => await host.Triggers.AddAsync(Trigger.After(Hour).WithId("t").Tagged("fine", "mine").Publish(new Reminder(1)));

        (await add.Should().ThrowAsync<InvalidOperationException>()).WithMessage($"*'{index}' holds a string*");
        (await host.Triggers.FindAsync("t")).Should().BeNull();
        (await IndexAsync(host, "fine")).Should().BeEmpty();
    }

    // Nothing stays behind for good, and the others are found.
    [Theory]
    [Trait("Fault", "113")]
    [InlineData("")]
    [InlineData(",,,")]
    [InlineData("other")]
    [InlineData("a b,{x},*")]
    [InlineData("long")]
    [InlineData(null)]
    public async Task ATriggerWhoseTagsSomethingElseHasWritten_IsListedByWhatItSays_AndLeavesNothingBehind(string? tags)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedRetention = Retention, time: clock);
        await AddAsync(host, "good");
        await AddAsync(host, "hit");
        await AddAsync(host, "updated");
        var keys = host.Keyspace.Partitions[0].Keys;
        foreach (var id in (string[])["hit", "updated"])
        {
            await (tags is null ? redis.Database.HashDeleteAsync(keys.Trigger(id), "tags")
                : redis.Database.HashSetAsync(
                    keys.Trigger(id), "tags", tags == "long" ? string.Join(',', Enumerable.Repeat("x", 2_000_000)) : tags));
        }

        (await IdsAsync(host, new TriggerQuery { Tag = "x" })).Should()
            .BeEquivalentTo(tags == "long" ? ["good", "hit", "updated"] : (string[])["good"]);
        (await host.Triggers.UpdateAsync("updated", Trigger.After(Hour).Tagged("y").Publish(new Reminder(2)))).Should()
            .Be(ChangeOutcome.Done);
        (await IdsAsync(host, new TriggerQuery { Tag = "y" })).Should().Equal("updated");
        await host.Triggers.CancelAsync("hit");
        await host.Triggers.CancelAsync("updated");
        clock.Advance(2 * Retention);
        await new ManualConsumer(host, time: clock).SweepAsync();

        (await IdsAsync(host, new TriggerQuery { Tag = "x" })).Should().Equal("good");
        (await IdsAsync(host, new TriggerQuery { Tag = "y" })).Should().BeEmpty();
        (await IndexAsync(host, "x")).Should().Equal("good");
        (await IndexAsync(host, "y")).Should().BeEmpty();
    }

    [Fact]
    public async Task ALostIndex_IsMadeAgainOfTheHashes()
    {
        SkipOnGarnet();
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.ProcessedRetention = Retention, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await AddAsync(host, "live");
        await AddAsync(host, "ended");
        await host.Triggers.CancelAsync("ended");
        var keys = host.Keyspace.Partitions[0].Keys;
        await redis.Database.KeyDeleteAsync([keys.Tagged("x"), $"{keys.Root}:tagged"]);

        (await consumer.RepairAsync()).Should().Be(2);
        (await consumer.RepairAsync()).Should().Be(0);

        (await IdsAsync(host, new TriggerQuery { Tag = "x" })).Should().Equal("live", "ended");
        clock.Advance(2 * Retention);
        await consumer.SweepAsync();
        (await IndexAsync(host, "x")).Should().Equal("live");
    }

    [Fact]
    public async Task ATriggerWithoutItsHash_LeavesTheIndex_WhenItIsMendedOrQueried()
    {
        await using var host = TestHost.Create(redis);
        foreach (var id in (string[])["a", "b", "c"])
        {
            await AddAsync(host, id);
        }

        var keys = host.Keyspace.Partitions[0].Keys;
        await redis.Database.KeyDeleteAsync([keys.Trigger("a"), keys.Trigger("b")]);
        await redis.Database.SortedSetRemoveAsync(keys.Triggers, ["a", "b"]);
        var repaired = redis.IsGarnet ? 2 : await new ManualConsumer(host).RepairAsync();

        (await IdsAsync(host, new TriggerQuery { Tag = "x" })).Should().Equal("c");

        repaired.Should().Be(2);
        (await IndexAsync(host, "x")).Should().Equal("c");
    }

    private async Task RunAsync(int partitions, List<(Step Step, int Id, int Tags, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, configure: options => (
                options.Partitions, options.ProcessedLimit, options.ProcessedRetention) = (partitions, 4, Retention), time: clock);
        var consumers = Enumerable.Range(0, partitions).Select(n => new ManualConsumer(host, partition: n, time: clock)).ToArray();
        var writer = host.Services.GetRequiredService<TriggerWriter>();
        var model = Tags.ToDictionary(static tag => tag, static _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (step, n, bits, choice) in steps)
        {
            var id = $"t{n}";
            string[] tags = [.. Tags.Where((_, i) => (bits & (1 << i)) != 0)];
            var rule = Rule(choice, clock.GetUtcNow()).WithId(id).Tagged(tags);
            var before = await host.Triggers.FindAsync(id);
            switch (step)
            {
                case Step.Add:
                    await host.Triggers.AddAsync(rule.IfExists(OnConflict.Keep));
                    Tag(model, id,
                        before is { Status: TriggerStatus.Active or TriggerStatus.Paused or TriggerStatus.Completed } ? null : tags);
                    break;
                case Step.AddAgain when before is null or { Status: TriggerStatus.Canceled }:
                    await host.Triggers.AddAsync(rule);
                    Tag(model, id, tags);
                    break;
                case Step.Replace:
                    await host.Triggers.AddAsync(rule.IfExists(OnConflict.Replace));
                    Tag(model, id, tags);
                    break;
                case Step.Declare:
                    await writer.DeclareAsync(rule.Definition);

                    // One that was declared so before is left alone, also when it has ended.
                    Tag(model, id, (await host.Triggers.FindAsync(id)) is { } declared && declared.Tags.SequenceEqual(tags) ? tags : null);
                    break;
                case Step.Update:
                    Tag(model, id, await host.Triggers.UpdateAsync(id, rule) == ChangeOutcome.Done ? tags : null);
                    break;
                case Step.Advance:
                    foreach (var consumer in consumers)
                    {
                        await consumer.AdvanceAsync();
                    }

                    break;
                case Step.FireNow:
                    await host.Triggers.FireNowAsync(id);
                    break;
                case Step.Pause:
                    await host.Triggers.PauseAsync(id);
                    break;
                case Step.Cancel:
                    await host.Triggers.CancelAsync(id);
                    break;
                case Step.Wait:
                    clock.Advance(TimeSpan.FromSeconds(choice));
                    break;
                case Step.Sweep:
                    foreach (var consumer in consumers)
                    {
                        await consumer.SweepAsync();
                    }

                    break;
            }

            await CompareAsync(host, model);
        }
    }

    private static Trigger Rule(int choice, DateTimeOffset now) => (choice % 4) switch
    {
        0 => Trigger.On("never").Until(now.AddSeconds(choice)).Publish(new Reminder(choice)),
        1 => Trigger.Every(TimeSpan.FromSeconds(20)).MaxFirings(2).Publish(new Reminder(choice)),
        2 => Trigger.On("never").Publish(new Reminder(choice)),
        _ => Trigger.At(now.AddSeconds(choice)).Publish(new Reminder(choice)),
    };

    private static void Tag(Dictionary<string, HashSet<string>> model, string id, string[]? tags)
    {
        foreach (var (tag, ids) in tags is null ? [] : model)
        {
            _ = tags!.Contains(tag, StringComparer.Ordinal) ? ids.Add(id) : ids.Remove(id);
        }
    }

    private async Task CompareAsync(TestHost host, Dictionary<string, HashSet<string>> model)
    {
        var all = await IdsAsync(host, new TriggerQuery());
        var byStatus = new Dictionary<TriggerStatus, List<string>>();
        foreach (var status in Enum.GetValues<TriggerStatus>())
        {
            byStatus[status] = await IdsAsync(host, new TriggerQuery { Status = status });
        }

        foreach (var (tag, ids) in model)
        {
            ids.IntersectWith(all);
            var indexes = await Task.WhenAll(
                host.Keyspace.Partitions.Select(partition => redis.Database.SortedSetRangeByRankAsync(partition.Keys.Tagged(tag))));
            indexes.SelectMany(static index => index).Select(static id => id.ToString()).Should()
                .BeEquivalentTo(ids, $"those have the tag {tag}");
            (await IdsAsync(host, new TriggerQuery { Tag = tag })).Should().Equal(all.Where(ids.Contains));
            foreach (var (status, those) in byStatus)
            {
                (await IdsAsync(host, new TriggerQuery { Tag = tag, Status = status })).Should().Equal(those.Where(ids.Contains));
            }
        }
    }

    private static async Task AddAsync(TestHost host, string id) =>
        await host.Triggers.AddAsync(Trigger.After(Hour).WithId(id).Tagged("x").Publish(new Reminder(1)));

    // A partition that is slow to answer is listed after the others, so only the order within each is compared.
    private static async Task<List<string>> IdsAsync(TestHost host, TriggerQuery query) =>
    [
        .. (await host.Triggers.QueryAsync(query).Select(static one => one.Id).ToListAsync())
            .OrderBy(id => host.Keyspace.PartitionOf(id).Index),
    ];

    private async Task<string[]> IndexAsync(TestHost host, string tag) =>
        Array.ConvertAll(
            await redis.Database.SortedSetRangeByRankAsync(host.Keyspace.Partitions[0].Keys.Tagged(tag)), static id => id.ToString());

    private void SkipOnGarnet()
    {
        if (redis.IsGarnet)
        {
            Assert.Skip("Garnet cannot look through its keys in a script.");
        }
    }
}
