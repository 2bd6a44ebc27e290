using System.Text.Json.Nodes;
using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>export and import.</summary>
public sealed class TransferTests(RedisFixture redis) : IDisposable
{
    private static readonly DateTimeOffset Later = new(2035, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"triggers-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_file);

    /// <summary>Every kind of trigger, with everything that each can have.</summary>
    private static Trigger[] All =>
    [
        Trigger.At(Later).Publish(
            new Reminder(1), new PublishOptions
            {
                Delay = TimeSpan.FromSeconds(5),
                ExpiresAfter = TimeSpan.FromHours(1),
                CorrelationId = "c-ü",
                Key = "at",
                Headers = new Dictionary<string, string> { ["tenant"] = "a\nb" },
            })
            .WithId("at").Tagged("a", "b").CancelOn(EventCondition.On("order.paid", """{"order":[42]}""")),
        Trigger.Every(TimeSpan.FromMinutes(7)).StartingAt(Later).Publish(new Reminder(2)).WithId("every").OnMisfire(Misfire.FireAll(3))
            .Until(Later.AddYears(1)).MaxFirings(9).ExceptOn(new DateOnly(2035, 12, 24)),
        Trigger.Cron("0 3 * * 1-5", "Europe/Berlin").Jitter(TimeSpan.FromMinutes(5)).Publish(new Reminder(3)).WithId("cron")
            .OnMisfire(Misfire.Skip).SkipWhileRunning(),
        Trigger.On("order.placed").StartingAt(Later).Publish(new Reminder(4)).WithId("on-each"),
        Trigger.On("order.placed").Matching("""{"total":[{"numeric":[">",100.50]}],"name":["Kö\"ln"]}""").Per("user.id").Count(3)
            .Within(TimeSpan.FromMinutes(1)).AtMost(2, TimeSpan.FromHours(1)).DistinctBy("order", TimeSpan.FromDays(1))
            .PublishRaw("counted", """{"n":1.0,"s":"\u202e"}"""u8.ToArray()).WithId("on-count"),
        Trigger.On("order.placed").Per("id").FollowedBy("order.paid", static next => next.Matching("""{"ok":[true]}""").Per("order.id"))
            .Within(TimeSpan.FromMinutes(5)).Publish(new EventTemplate("paid", """{"o":"$.id","all":"$"}""")).WithId("on-followed"),
        Trigger.On("order.placed").Per("id").NotFollowedBy("order.paid").Within(TimeSpan.FromMinutes(5)).Publish(new Reminder(5)).WithId(
            "on-missing"),
        Trigger.On("order.placed").Debounce(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10)).Publish(new Reminder(6)).WithId("on-quiet")
            .CancelOn(EventCondition.On("shop.closed")),
    ];

    [Fact]
    public async Task Export_AndImport_MakeEveryKindOfTriggerAgain()
    {
        await using var source = await TestBus.StartAsync(redis);
        foreach (var trigger in All)
        {
            await source.Triggers.AddAsync(trigger);
        }

        await source.Triggers.PauseAsync("on-each");
        await source.Triggers.PauseAsync("at");
        (await new ToolRun(redis, source.Prefix).RunAsync("export", "--file", _file)).Error.Should().StartWith("8 triggers written to ");
        await using var target = await TestBus.StartAsync(redis, partitions: 3);
        var tool = new ToolRun(redis, target.Prefix);
        (await tool.RunAsync("import", _file, "--dry-run")).Output.Should().Be("8 triggers would be stored.\n");
        (await target.Triggers.FindAsync("at")).Should().BeNull("a dry run stores nothing");
        (await tool.RunAsync("import", _file, "--yes")).Output.Should().Be("8 triggers stored.\n");

        foreach (var id in (string[])["at", "every", "cron", "on-each", "on-count", "on-followed", "on-missing", "on-quiet"])
        {
            var (before, after) = (await source.Triggers.FindAsync(id), await target.Triggers.FindAsync(id));
            after.Should().BeEquivalentTo(before, static options =>
                options.Excluding(static one => one!.AddedAt).Excluding(static one => one!.Payload));
            JsonNode.DeepEquals(JsonNode.Parse(after!.Payload.Span), JsonNode.Parse(before!.Payload.Span)).Should().BeTrue(id);
        }
    }

    [Fact]
    public async Task Import_OfIdsThatExist_IsRefused_OrKeepsThem_OrReplacesThem()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.Triggers.AddAsync(Trigger.At(Later).Publish(new Reminder(1)).WithId("one"));
        var tool = new ToolRun(redis, bus.Prefix);
        await tool.RunAsync("export", "--file", _file);
        await bus.Triggers.RescheduleAsync("one", Later.AddDays(1));

        var refused = await tool.RunAsync("import", _file, "--yes");
        (refused.ExitCode, refused.Error).Should().Be(
            (
                1,
                "et: These triggers exist: one. Nothing was imported. With --keep they are left alone, with --replace they are "
                + "replaced.\n"));
        (await tool.RunAsync("import", _file, "--keep", "--yes")).Output.Should().Contain("left alone, because they exist: one");
        (await bus.Triggers.FindAsync("one"))!.DueAt.Should().Be(Later.AddDays(1));
        (await tool.RunAsync("import", _file, "--replace", "--yes", "--json")).Json.GetProperty("stored")[0].GetString().Should().Be("one");
        (await bus.Triggers.FindAsync("one"))!.DueAt.Should().Be(Later);
        (await tool.RunAsync("import", _file, "--keep", "--replace", "--yes")).ExitCode.Should().Be(2);
        (await tool.RunAsync("export", "--file", _file)).ExitCode.Should().Be(1, "a file is not overwritten");
    }

    // Many, so that one of them would fire between two calls if it could.
    [Fact]
    public async Task Import_OfPausedTriggersThatAreOverdue_FiresNone()
    {
        const int Count = 40;
        await using var bus = await TestBus.StartAsync(redis);
        await File.WriteAllTextAsync(
            _file, $$"""{"format":"eventtriggers.triggers","version":1,"triggers":[{{string.Join(',', Enumerable.Range(0, Count).Select(Paused))}}]}""");
        (await new ToolRun(redis, bus.Prefix).RunAsync("import", _file, "--yes")).ExitCode.Should().Be(0);

        var found = (await bus.Triggers.ListAsync(new TriggerQuery(), limit: Count)).Triggers;
        found.Select(static one => (one.Status, one.FiringCount, one.DueAt)).Should().HaveCount(Count).And.AllBeEquivalentTo(
            (TriggerStatus.Paused, 0L, (DateTimeOffset?)new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("""{"id":"b","kind":"At","eventType":"x","payload":1,"dueAt":"2035-01-01T00:00:00Z","color":"red"}""", "triggers[1] ('b'): 'color' ($.color) is not known")]
    [InlineData("""{"id":"b","kind":"Moon","eventType":"x","payload":1}""", "triggers[1] ('b'): the value of $.kind is not allowed there")]
    [InlineData("""{"id":"b","kind":0,"eventType":"x","payload":1}""", "triggers[1] ('b'): the value of $.kind is not allowed there")]
    [InlineData("""{"id":"b","kind":"At","eventType":"x","payload":1,"status":7}""", "triggers[1] ('b'): the value of $.status is not allowed there")]
    [InlineData("""{"id":"b","kind":"At","payload":1}""", "triggers[1] ('b'): 'eventType' is missing")]
    [InlineData("""{"id":"b","kind":"At","eventType":"x","payload":1}""", "Trigger 'b' cannot be imported: Trigger 'b' is of kind At, but DueAt is missing.")]
    [InlineData("""{"id":"b","kind":"At","eventType":"x","payload":1,"dueAt":"2035-01-01T00:00:00Z","cron":"* * * * *"}""", "'b' is of kind At, which has no Cron.")]
    [InlineData("""{"id":"b","kind":"Cron","eventType":"x","payload":1,"cron":"61 * * * *"}""", "Trigger 'b' cannot be imported: ")]
    [InlineData("""{"id":"b","kind":"On","eventType":"x","payload":1,"sourceType":"y","pattern":{"a":5}}""", "Trigger 'b' cannot be imported: ")]
    [InlineData("""{"id":"b","kind":"On","eventType":"x","payload":1,"sourceType":"y","overTime":{"kind":"Count","span":"00:01:00"}}""", "The rule over time needs Count")]
    [InlineData("""{"id":"b","kind":"On","eventType":"x","sourceType":"y"}""", "It needs either payload or template.")]
    [InlineData("""{"id":"b","kind":"Every","eventType":"x","payload":1,"interval":"00:00:01","maxFirings":3,"firingCount":3}""", "no firing is left")]
    [InlineData("""{"id":"a","kind":"At","eventType":"x","payload":1,"dueAt":"2035-01-01T00:00:00Z"}""", "the trigger 'a' is in it 2 times")]
    public async Task Import_OfWhatItDoesNotUnderstand_NamesIt_AndStoresNothing(string second, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        const string First = """{"id":"a","kind":"At","eventType":"x","payload":1,"dueAt":"2035-01-01T00:00:00Z"}""";
        await File.WriteAllTextAsync(_file, $$"""{"format":"eventtriggers.triggers","version":1,"triggers":[{{First}},{{second}}]}""");
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("import", _file, "--yes");

        result.ExitCode.Should().Be(2, $"{result}");
        result.Error.Should().Contain(error).And.Contain("Nothing was imported.");
        (await bus.Triggers.FindAsync("a")).Should().BeNull();
    }

    [Theory]
    [InlineData("nonsense", "it is not JSON")]
    [InlineData("[]", "it must hold an object with format, version, exportedAt, prefix, triggers, but holds array")]
    [InlineData("""{"format":"other"}""", "'format' must be eventtriggers.triggers, but is 'other'")]
    [InlineData("""{"format":"eventtriggers.triggers","version":2}""", "'version' must be 1, but is '2'")]
    [InlineData("""{"format":"eventtriggers.triggers","version":1}""", "'triggers' must be an array")]
    [InlineData("""{"format":"eventtriggers.triggers","version":1,"triggers":[],"more":1}""", "'more' is not known")]
    [InlineData("""{"format":"eventtriggers.triggers","format":"x"}""", "it is not JSON")]
    public async Task Import_OfAnotherFile_IsRefused(string content, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        await File.WriteAllTextAsync(_file, content);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("import", _file, "--yes");

        result.ExitCode.Should().Be(2, $"{result}");
        result.Error.Should().Contain(error);
        (await new ToolRun(redis, bus.Prefix).RunAsync("import", "/no/such/file", "--yes")).ExitCode.Should().Be(2);
    }

    [Fact]
    public async Task Import_ThatFailsHalfway_SaysWhatIsStored()
    {
        await using var bus = await TestBus.StartAsync(redis);
        const string Trigger = """{"id":"#","kind":"At","eventType":"x","payload":1,"dueAt":"2035-01-01T00:00:00Z","until":"@"}""";
        var triggers = new[] { ("a", 2036), ("b", 2001), ("c", 2036) }.Select(static one => Trigger.Replace(
            "#", one.Item1, StringComparison.Ordinal).Replace("@", $"{one.Item2}-01-01T00:00:00Z", StringComparison.Ordinal));
        await File.WriteAllTextAsync(_file, $$"""{"format":"eventtriggers.triggers","version":1,"triggers":[{{string.Join(',', triggers)}}]}""");
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("import", _file, "--yes");

        result.ExitCode.Should().Be(1, $"{result}");
        result.Error.Should().StartWith("et: 1 of 3 triggers were stored. It failed at 'b', which may be stored. Not stored: c. ");
        (await bus.Triggers.FindAsync("a")).Should().NotBeNull();
        (await bus.Triggers.FindAsync("c")).Should().BeNull();
    }

    private static string Paused(int number) =>
        $$"""{"id":"t{{number}}","kind":"At","status":"Paused","eventType":"x","payload":1,"dueAt":"2020-01-01T00:00:00Z"}""";
}
