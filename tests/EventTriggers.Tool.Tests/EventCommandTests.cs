using System.Diagnostics;
using System.Text;
using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>deliveries, event, redrive, discard, cancel, operations, publish, tail.</summary>
public sealed class EventCommandTests(RedisFixture redis)
{
    [Fact]
    public async Task Deliveries_ListsByFilter_AndByCursor()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var ids = await bus.MakeDeadLettersAsync(5);
        var tool = new ToolRun(redis, bus.Prefix);

        var all = await tool.RunAsync("deliveries", "--group", "billing", "--status", "dead");
        all.Output.Should().StartWith("ID ").And.MatchRegex(
            @"\norder-5 +order\.placed +dead +1 .* System\.InvalidOperationException: The bank is closed\.\n");
        (await tool.RunAsync("deliveries", "--group", "billing", "--error", "no such error")).Output
            .Should().Be("Group billing has no such deliveries.\n");
        (await tool.RunAsync("deliveries", "--group", "search")).Output.Should().Be("Group search has no such deliveries.\n");

        List<string?> seen = [];
        string? cursor = null;
        do
        {
            string[] next = cursor is null ? [] : ["--cursor", cursor];
            var page = (await tool.RunAsync(["deliveries", "--group", "billing", "--limit", "2", "--json", .. next])).Json;
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(static one => one.GetProperty("id").GetString()));
            cursor = page.TryGetProperty("cursor", out var more) ? more.GetString() : null;
        }
        while (cursor is not null);
        seen.Should().BeEquivalentTo(ids).And.HaveCount(5);
    }

    [Fact]
    public async Task Deliveries_WithoutAGroup_AsksWhich_AndRefusesACursorThatIsNone()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);

        var result = await tool.RunAsync("deliveries");
        (result.ExitCode, result.Error).Should().Be((2, "et: Say which group with --group: $triggers, billing, search.\n"));
        (await tool.RunAsync("deliveries", "--group", "billing", "--cursor", "nonsense")).ExitCode.Should().Be(2);
    }

    [Fact]
    public async Task Event_ShowsWhatIsKnown()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(1);
        var tool = new ToolRun(redis, bus.Prefix);
        var result = await tool.RunAsync("event", "order-1");

        result.ExitCode.Should().Be(0);
        result.Output.Should().StartWith("event         order-1\ntype          order.placed\npublished     ")
            .And.Contain("\nGroup billing: dead, 1 attempt\n  attempt 1 dead, ")
            .And.Contain("    System.InvalidOperationException: The bank is closed.\n")
            .And.EndWith("\nPayload\n{\n  \"number\": 1,\n  \"country\": \"DE\"\n}\n");
        (await tool.RunAsync("event", "order-1", "--traces")).Output.Should().Contain("   at EventTriggers.");
        (await tool.RunAsync("event", "order-1", "--json")).Json.GetProperty("payload").GetProperty("number").GetInt32().Should().Be(1);

        var missing = await tool.RunAsync("event", "order-2");
        (missing.ExitCode, missing.Error).Should().Be(
            (4, "et: There is no event 'order-2': it never existed, or its retention is over.\n"));
        (await tool.RunAsync("event", "not an id")).ExitCode.Should().Be(2);
    }

    [Fact]
    public async Task Event_SaysWhyItWasNotHandledYet()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var delayed = (await bus.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromDays(9) })).Id;
        await bus.Groups.PauseAsync("billing");
        var paused = (await bus.Bus.PublishAsync(new OrderPlaced(2))).Id;
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("event", delayed)).Output.Should().MatchRegex(@"\nwhy +it is due \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \(in ");
        (await tool.RunAsync("event", paused)).Output.Should().MatchRegex(@"\nwhy +the group is paused, until it is resumed\n");
    }

    [Fact]
    public async Task Redrive_OneEvent()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(1);
        var tool = new ToolRun(redis, bus.Prefix) { Answer = "y\n" };
        var result = await tool.RunAsync("redrive", "order-1");

        result.Error.Should().Be("Redrive event 'order-1' (order.placed) in group billing? [y/N] ");
        (result.ExitCode, result.Output).Should().Be((0, "The event is ready again.\n"));
        await Wait.UntilAsync(async () => await bus.StatusOfAsync("order-1") == DeliveryStatus.Processed, "it is handled");
        var again = await tool.RunAsync("redrive", "order-1", "--yes", "--json");
        (again.ExitCode, again.Json.GetProperty("outcome").GetString()).Should().Be((1, "NotDead"));
        (await tool.RunAsync("redrive", "order-9", "--yes")).ExitCode.Should().Be(4);
    }

    [Fact]
    public async Task Redrive_ByFilter_ShowsTheCount_WaitsForTheEnd_AndKeepsWhoDidIt()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(12);
        var tool = new ToolRun(redis, bus.Prefix) { Answer = "y\n", ShowsProgress = true };
        var result = await tool.RunAsync("redrive", "--group", "billing", "--id-prefix", "order-1", "--rate", "1000");

        result.Error.Should().Contain("Redrive 4 dead letters of group billing, at most 1,000 a second? [y/N] ");
        result.Output.Should().MatchRegex(@"^Done \(redrive\): 4 changed, \d+ looked at \(operation \w+\)\.\n$");
        (await bus.Events.CountAsync("billing")).Dead.Should().Be(8);
        var operation = (await bus.Operations.ListAsync()).Single();
        (operation.By, operation.RatePerSecond, operation.Changed).Should().Be(("ada@desk", 1000, 4L));
        (await tool.RunAsync("operations")).Output.Should().Contain($"\n{operation.Id}  redrive-events  completed        4 ");
        (await tool.RunAsync("operations", operation.Id, "--json")).Json.GetProperty("operations")[0].GetProperty("changed").GetInt32()
            .Should().Be(4);
        (await bus.Audit.ListAsync()).Should().ContainSingle(one => one.Entry.Action == "redrive in bulk" && one.Entry.By == "ada@desk");
    }

    [Fact]
    public async Task Redrive_Interrupted_SaysThatTheOperationGoesOn()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(3);
        using var interrupt = new CancellationTokenSource();
        using var error = new InterruptingWriter(interrupt, "redrive: ");
        var result = await new ToolRun(redis, bus.Prefix) { ShowsProgress = true }.RunAsync(
            ["redrive", "--group", "billing", "--all", "--rate", "1", "--yes"], interrupt.Token, error: error);

        var operation = (await bus.Operations.ListAsync()).Single();
        result.ExitCode.Should().Be(130, $"{result}");
        result.Error.Should().EndWith($"et: The operation goes on in the consumers. To stop it: et operations stop {operation.Id}\n");
        operation.Status.Should().Be(BulkOperationStatus.Running);
    }

    [Fact]
    public async Task Discard_All_ThenThereIsNothingToDo()
    {
        await using var bus = await TestBus.StartAsync(redis, partitions: 2);
        await bus.MakeDeadLettersAsync(3);
        var tool = new ToolRun(redis, bus.Prefix);
        var json = (await tool.RunAsync("discard", "--group", "billing", "--all", "--yes", "--json")).Json;

        (json.GetProperty("matching").GetInt32(), json.GetProperty("operation").GetProperty("changed").GetInt32()).Should().Be((3, 3));
        (await bus.StatusOfAsync("order-2")).Should().Be(DeliveryStatus.Discarded);
        var nothing = await tool.RunAsync("discard", "--group", "billing", "--all", "--yes");
        (nothing.ExitCode, nothing.Output).Should().Be((0, "Nothing to do: there are no dead letters of group billing.\n"));
    }

    [Fact]
    public async Task Cancel_OneEvent_AndWhatWaitsByFilter()
    {
        await using var bus = await TestBus.StartAsync(redis);
        foreach (var id in (string[])["late-1", "late-2", "later-3"])
        {
            await bus.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = id, Delay = TimeSpan.FromHours(1) });
        }

        var tool = new ToolRun(redis, bus.Prefix);
        (await tool.RunAsync("cancel", "later-3", "--yes")).Output.Should().Be("The event is canceled: no handler will run for it.\n");
        var result = await tool.RunAsync("cancel", "--group", "billing", "--id-prefix", "late-", "--yes", "--json");
        result.Json.GetProperty("matching").GetInt32().Should().Be(2, $"{result}");
        (await bus.Events.FindAsync("late-1"))!.Deliveries[0].Status.Should().Be(DeliveryStatus.Canceled);
        await bus.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "handled" });
        await Wait.UntilAsync(async () => await bus.StatusOfAsync("handled") == DeliveryStatus.Processed, "it is handled");
        var late = await tool.RunAsync("cancel", "handled", "--yes");
        (late.ExitCode, late.Error).Should().Be((1, "et: Nothing was changed: every group had finished with the event.\n"));
    }

    [Theory]
    [InlineData("redrive --yes", "Say what to change: an id, a filter, or --all.")]
    [InlineData("discard --group billing --type  --yes", "--type must not be empty: leave it out, or give it a value.")]
    [InlineData("triggers cancel --id-prefix  --yes", "--id-prefix must not be empty: leave it out, or give it a value.")]
    [InlineData("redrive --all --type order.placed --yes", "--all and filters exclude each other.")]
    [InlineData("discard order-1 --all --yes", "With an id, --all, --rate, --detach and filters have no meaning")]
    [InlineData("cancel --status dead --group billing --yes", "--status must be one of ready, delayed, leased here, but is dead.")]
    [InlineData("operations stop 08h0YdB5ypy1AL5v1s3ieR --yes --all", "'--all'")]
    public async Task ChangeThatIsNotClear_IsRefused(string line, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync(line.Split(' '));

        result.ExitCode.Should().Be(2, $"{result}");
        result.Error.Should().Contain(error);
    }

    [Fact]
    public async Task Bulk_WithoutAConsumer_IsStored_AndCanBeStopped()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(2);
        await bus.StopLoopAsync();
        await Wait.UntilAsync(async () => (await bus.Groups.ListConsumersAsync()).Count == 0, "the consumer has left");
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("redrive", "--group", "billing", "--all", "--yes")).Output.Should().Contain("No consumer runs now");
        var id = (await bus.Operations.ListAsync()).Single().Id;
        (await tool.RunAsync("operations", "stop", id, "--yes")).ExitCode.Should().Be(0);
        (await bus.Operations.FindAsync(id))!.Status.Should().Be(BulkOperationStatus.Stopped);
        (await tool.RunAsync("operations", "stop", id, "--yes")).ExitCode.Should().Be(1);
        (await tool.RunAsync("operations", "08h0YdB5ypy1AL5v1s3ieR")).ExitCode.Should().Be(4);
    }

    [Fact]
    public async Task Publish_FromTheCommandLine_AFile_OrTheInput()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"number":2}""", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var tool = new ToolRun(redis, bus.Prefix) { Answer = """{"number":3}""" };

        var result = await tool.RunAsync(
            "publish", "order.placed", """{"number":1}""", "--id", "one", "--key", "k", "--correlation", "c",
            "--header", "tenant=a=b", "--delay", "1h", "--yes");
        (result.ExitCode, result.Output).Should().Be((0, "Published one\n"));
        (await tool.RunAsync("publish", "order.placed", "{}", "--id", "one", "--yes", "--json")).Json.GetProperty("outcome").GetString()
            .Should().Be("Repeated");
        await tool.RunAsync("publish", "order.placed", $"@{file}", "--id", "two", "--yes");
        await tool.RunAsync("publish", "order.placed", "-", "--id", "three", "--yes");
        File.Delete(file);

        var one = (await bus.Events.FindAsync("one"))!;
        (one.CorrelationId, one.Key, one.Headers["tenant"], one.Deliveries[0].Status).Should()
            .Be(("c", "k", "a=b", DeliveryStatus.Delayed));
        (await tool.RunAsync("event", "one")).Output.Should().MatchRegex(@"(?m)^key\s+k$");
        (await tool.RunAsync("event", "one", "--json")).Json.GetProperty("key").GetString().Should().Be("k");
        Encoding.UTF8.GetString((await bus.Events.FindAsync("two"))!.Payload.Span).Should().Be("""{"number":2}""");
        Encoding.UTF8.GetString((await bus.Events.FindAsync("three"))!.Payload.Span).Should().Be("""{"number":3}""");
    }

    [Fact]
    public async Task Publish_OfUniqueWork_SaysWhichEventHoldsTheName()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.StopLoopAsync();
        var tool = new ToolRun(redis, bus.Prefix);

        var first = await tool.RunAsync("publish", "order.placed", """{"number":1}""", "--unique", "deploy", "--priority", "high", "--yes");
        var second = await tool.RunAsync("publish", "order.placed", """{"number":2}""", "--unique", "deploy", "--yes");

        var id = first.Output.Trim()["Published ".Length..];
        second.Output.Should().Be($"The event {id} holds the name: nothing was published.\n");
        (await bus.Events.FindAsync(id))!.Priority.Should().Be(Priority.High);
        (await tool.RunAsync("event", id)).Output.Should().MatchRegex("priority +high").And.Contain("deploy");
        (await bus.Events.CountAsync("billing")).Ready.Should().Be(1);
    }

    [Theory]
    [InlineData("publish|order.placed|{not json|--yes")]
    [InlineData("publish|bad type|{}|--yes")]
    [InlineData("publish|order.placed|{}|--header|nonsense|--yes")]
    [InlineData("publish|order.placed|{}|--delay|1h|--due|2h|--yes")]
    [InlineData("publish|order.placed|@/no/such/file|--yes")]
    [InlineData("publish|order.placed|{}")]
    public async Task Publish_WhatIsNotAllowed_IsRefused(string line)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync(line.Split('|'));

        result.ExitCode.Should().Be(2, $"{result}");
        (await bus.Events.CountAsync("billing")).Should().BeEquivalentTo(new { Ready = 0, Delayed = 0, Processed = 0 });
    }

    [Fact]
    public async Task Tail_ShowsWhatIsPublished_ByTypeAndPattern_AndLeavesNothingBehind()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var before = (await bus.Groups.ListAsync()).Select(static group => group.Name).ToArray();
        var tool = new ToolRun(redis, bus.Prefix);
        var tail = tool.RunAsync(
            "tail", "order.placed", "--matching", """{"country":["AT"]}""", "--since", "1m", "--interval", "200ms", "--count", "2", "--json");
        await bus.Bus.PublishAsync(new OrderPlaced(1, "AT"), new PublishOptions { Id = "first" });
        await bus.Bus.PublishAsync(new OrderPlaced(2, "DE"), new PublishOptions { Id = "other" });
        await bus.Bus.PublishAsync(new Reminder(3), new PublishOptions { Id = "reminder" });
        await bus.Bus.PublishAsync(new OrderPlaced(4, "AT"), new PublishOptions { Id = "second", Delay = TimeSpan.FromHours(1) });

        var result = await tail;
        result.ExitCode.Should().Be(0);
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString())
            .Should().Equal("first", "second");
        (await bus.Groups.ListAsync()).Select(static group => group.Name).Should().Equal(before);
        await Wait.UntilAsync(async () => await bus.StatusOfAsync("first") == DeliveryStatus.Processed, "its group got it all the same");
    }

    [Fact]
    public async Task Tail_Interrupted_EndsWith130()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "first" });
        using var interrupt = new CancellationTokenSource();
        using var output = new InterruptingWriter(interrupt, "order.placed first {\"number\":1");
        var result = await new ToolRun(redis, bus.Prefix).RunAsync(["tail", "--since", "1m"], interrupt.Token, output);

        result.ExitCode.Should().Be(130, $"{result}");
        result.Error.Should().BeEmpty();
        (await new ToolRun(redis, bus.Prefix).RunAsync("tail", "--interval", "1ms")).ExitCode.Should().Be(2);
        (await new ToolRun(redis, bus.Prefix).RunAsync("tail", "--matching", "{")).ExitCode.Should().Be(2);
    }

    [Fact]
    public async Task Tail_IntoAPipeThatNothingReads_Ends()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It needs a shell.");
        await using var bus = await TestBus.StartAsync(redis);
        await bus.Bus.PublishAsync(new OrderPlaced(1));
        var program = typeof(ToolProgram).Assembly.Location;
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{{ dotnet '{program}' tail --since 1h; }} | true");
        start.Environment["ET_REDIS"] = redis.HostConnectionString;
        start.Environment["ET_PREFIX"] = bus.Prefix;
        using var shell = Process.Start(start)!;
        try
        {
            (await Wait.ForAsync(shell.StandardError.ReadToEndAsync())).Should().Contain("et: Broken pipe");
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
        }
    }
}
