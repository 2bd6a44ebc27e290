using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>status, doctor, groups, consumers, pause, resume, remove, unrouted.</summary>
public sealed class GroupCommandTests(RedisFixture redis)
{
    [Fact]
    public async Task Status_WhereNothingIsWrong_SaysSo_AndEndsWith0()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("status");

        result.ExitCode.Should().Be(0, $"{result}");
        result.Output.Should().StartWith($"Bus {bus.Prefix} at ").And.Contain(" · 1 partition · 1 consumer · ");
        result.Output.Should().Contain("\n\nNothing is wrong.\n\nGROUP ");
        result.Output.Should().MatchRegex(@"\nbilling +0 +- +0 +0 +0 +0 +0  1 consumer\n");
    }

    [Fact]
    public async Task Status_WithDeadLetters_NamesTheCommandThatShowsThem_AndEndsWith3()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(2);
        var tool = new ToolRun(redis, bus.Prefix);
        var result = await tool.RunAsync("status");

        result.ExitCode.Should().Be(3);
        result.Output.Should().Contain("warning Group billing has 2 dead letters.\n        et deliveries --group billing --status dead\n");

        var json = await tool.RunAsync("status", "--json");
        json.ExitCode.Should().Be(3);
        json.Json.GetProperty("findings")[0].GetProperty("level").GetString().Should().Be("Warning");
        json.Json.GetProperty("groups").EnumerateArray().Single(static one =>
            one.GetProperty("group").GetProperty("name").GetString() == "billing")
            .GetProperty("group").GetProperty("counts").GetProperty("dead").GetInt32().Should().Be(2);
    }

    [Fact]
    public async Task Status_WithATriggerThatIsOverdue_SaysSo_AsDoctorDoes()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.StopLoopAsync();
        var due = DateTimeOffset.UtcNow - TimeSpan.FromHours(2);
        await bus.Triggers.AddAsync(Trigger.At(due).WithId("late").Publish(new OrderPlaced(1)));
        var tool = new ToolRun(redis, bus.Prefix);

        foreach (var command in (string[])["status", "doctor"])
        {
            var result = await tool.RunAsync(command);

            result.ExitCode.Should().Be(3, $"{result}");
            result.Output.Should().Contain("1 trigger is overdue, late for 2h").And.NotContain("Nothing is wrong.");
        }
    }

    [Fact]
    public async Task Doctor_SaysWhatItFound_AndWhatIsStuck()
    {
        await using var bus = await TestBus.StartAsync(redis, partitions: 2);
        var tool = new ToolRun(redis, bus.Prefix);
        var well = await tool.RunAsync("doctor");

        well.Output.Should().Contain($"Prefix '{bus.Prefix}', 2 partitions, schema 4").And.Contain("ok      clock ");
        if (!redis.IsGarnet)
        {
            well.ExitCode.Should().Be(0, $"{well}");
            well.Output.Should().Contain("The user may run every command that is needed").And.EndWith("\nNothing is wrong.\n");
        }

        await bus.MakeDeadLettersAsync(1);
        var ill = await tool.RunAsync("doctor", "--json");
        ill.ExitCode.Should().Be(3);
        ill.Json.GetProperty("isHealthy").GetBoolean().Should().BeFalse();
        ill.Json.GetProperty("checks").EnumerateArray().Select(static check => check.GetProperty("text").GetString())
            .Should().Contain("Group billing has 1 dead letter.");
    }

    [Fact]
    public async Task Doctor_WithoutARight_NamesIt()
    {
        redis.SkipUnlessRedis();
        await using var bus = await TestBus.StartAsync(redis);
        var commands = LeastPrivilege.Commands.Replace("+publish ", string.Empty, StringComparison.Ordinal);
        var server = await LeastPrivilege.ConnectionStringAsync(
            redis.Server, redis.Connection, bus.Prefix, commands, user: $"doctor-{bus.Prefix}");
        var result = await new ToolRun(redis, bus.Prefix) { Server = server }.RunAsync("doctor");
        await redis.Connection.GetServers()[0].ExecuteAsync("ACL", "DELUSER", $"doctor-{bus.Prefix}");

        result.ExitCode.Should().Be(3, $"{result}");
        result.Output.Should().Contain("The user may not run PUBLISH: consumers poll instead of being woken");
    }

    [Fact]
    public async Task Groups_ShowsAll_OrOneWithItsTypesAndConsumers()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("groups")).Output.Should().Contain("\nbilling ").And.Contain("\nsearch ").And.Contain("\n$triggers ");
        var one = await tool.RunAsync("groups", "search");
        one.Output.Should().Contain("types         order.reminder\n").And.Contain($"{Environment.ProcessId}").And.NotContain("billing");
        (await tool.RunAsync("groups", "--json")).Json.GetProperty("groups").GetArrayLength().Should().Be(3);
        (await tool.RunAsync("consumers", "--json")).Json.GetProperty("consumers")[0].GetProperty("processId").GetInt32()
            .Should().Be(Environment.ProcessId);
        (await tool.RunAsync("consumers")).Output.Should().StartWith("MACHINE ").And.Contain("billing 0/32");
    }

    [Fact]
    public async Task Consumers_ShowsWhatBatchesGather()
    {
        var prefix = RedisFixture.NewPrefix();
        var services = new ServiceCollection().AddLogging();
        services.AddRedisTriggers(options => options.KeyPrefix = prefix).UseConnection(_ => redis.HostConnection)
            .AddBatchHandler<OrderPlaced>(
                static (_, _) => default,
                static options => (options.MaxSize, options.MaxWait, options.ByKey) = (50, TimeSpan.FromMinutes(5), true));
        await using var provider = services.BuildServiceProvider();
        using var stop = new CancellationTokenSource();
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);
        await Wait.UntilAsync(
            async () => (await provider.GetRequiredService<IGroupStore>().ListConsumersAsync()).Count > 0, "a consumer is listed");

        var result = await new ToolRun(redis, prefix).RunAsync("consumers");

        result.Output.Should().MatchRegex(@"\nBATCHES OF +PROCESS +EVENTS +SIZE +WAIT +BY KEY +GATHERED\n")
            .And.MatchRegex($@"\ndefault +{Environment.ProcessId} +order\.placed +50 +5 ?m\w* +yes +0\n");
        await stop.CancelAsync();
        await loop;
    }

    // What is done is done: the exit code must not say that it is not.
    [Fact]
    public async Task AChange_ThatTheAuditListCannotKeep_IsDone_AndSaysSo()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await redis.Database.StringSetAsync($"{{{bus.Prefix}:0}}:audit", "taken");
        var result = await new ToolRun(redis, bus.Prefix).RunAsync("pause", "billing", "--yes");
        await redis.Database.KeyDeleteAsync($"{{{bus.Prefix}:0}}:audit");

        result.ExitCode.Should().Be(0, $"{result}");
        result.Output.Should().Contain("Group 'billing' is paused");
        result.Error.Should().StartWith("et: What was done is missing in the audit list. ");
    }

    [Theory]
    [InlineData("groups nobody")]
    [InlineData("pause nobody --yes")]
    [InlineData("resume nobody --yes")]
    [InlineData("concurrency nobody --count 8 --yes")]
    [InlineData("remove nobody --yes")]
    [InlineData("deliveries --group nobody")]
    [InlineData("redrive --group nobody --all --yes")]
    public async Task GroupThatIsNone_IsNamed_WithThoseThereAre(string line)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync(line.Split(' '));

        result.ExitCode.Should().Be(4);
        result.Error.Should().Be("et: There is no group 'nobody'. There are: $triggers, billing, search.\n");
    }

    [Fact]
    public async Task Concurrency_IsSet_Shown_AndReset()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix) { Answer = "y\n" };

        var set = await tool.RunAsync("concurrency", "billing", "--count", "8");
        set.ExitCode.Should().Be(0, $"{set}");
        set.ToString().Should()
            .Contain("Let all processes together handle 8 deliveries of group 'billing' at a time? Now: 1 process, 32 in all")
            .And.Contain("at a time. To end that: et concurrency billing --reset");
        (await bus.Groups.FindAsync("billing"))!.Concurrency.Should()
            .Match<GroupConcurrency>(static one => one.Concurrency == 8 && one.By == "ada@desk");
        (await tool.RunAsync("groups", "billing")).Output.Should()
            .MatchRegex(@"\nconcurrency +8 in all processes together, set by ada@desk, \S+ ago\n");
        var entry = (await bus.Audit.ListAsync())[0].Entry;
        (entry.Action, entry.Target, entry.Details).Should().Be(("set concurrency", "billing", "8"));

        (await tool.RunAsync("concurrency", "billing", "--reset", "--yes")).Output.Should().Contain("as it is configured with.");
        (await bus.Groups.FindAsync("billing"))!.Concurrency.Should().BeNull();
        (await tool.RunAsync("groups", "billing")).Output.Should().NotContain("concurrency");
    }

    [Theory]
    [InlineData("billing --yes", "Give one of --count and --reset.")]
    [InlineData("billing --count 8 --reset --yes", "Give one of --count and --reset.")]
    [InlineData("billing --count 0 --yes", "--count must be a number from 1 to 100000, but is '0'.")]
    public async Task Concurrency_WithoutANumber_IsRefused(string line, string message)
    {
        await using var bus = await TestBus.StartAsync(redis);

        var result = await new ToolRun(redis, bus.Prefix).RunAsync(["concurrency", .. line.Split(' ')]);

        result.ExitCode.Should().Be(2, $"{result}");
        result.Error.Should().Contain(message);
        (await bus.Groups.FindAsync("billing"))!.Concurrency.Should().BeNull();
    }

    [Fact]
    public async Task Pause_Asks_AndPauses_UntilResumed()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix) { Answer = "y\n" };
        var result = await tool.RunAsync("pause", "billing", "--for", "2h", "--reason", "the bank is closed");

        result.ExitCode.Should().Be(0, $"{result}");
        result.Error.Should().StartWith("Pause group 'billing' until ").And.EndWith("[y/N] ");
        var pause = (await bus.Groups.FindAsync("billing"))!.Pause!;
        (pause.By, pause.Reason).Should().Be(("ada@desk", "the bank is closed"));
        (pause.Until - pause.Since).Should().BeCloseTo(TimeSpan.FromHours(2), TimeSpan.FromMinutes(2));
        (await tool.RunAsync("status")).Output.Should().Contain("by ada@desk").And.Contain("(the bank is closed)")
            .And.Contain("et resume billing");

        (await tool.RunAsync("resume", "billing", "--json")).Json.GetProperty("outcome").GetString().Should().Be("Done");
        (await bus.Groups.FindAsync("billing"))!.Pause.Should().BeNull();
        (await bus.Audit.ListAsync()).Select(static one => (one.Entry.Action, one.Entry.Target, one.Entry.By))
            .Should().Equal(("resume group", "billing", "ada@desk"), ("pause group", "billing", "ada@desk"));
    }

    [Theory]
    [InlineData(null, 2, "Nothing was changed: there is no terminal to ask at. With --yes it is done without a question.\n")]
    [InlineData("n\n", 1, "et: Nothing was changed.\n")]
    [InlineData("", 1, "et: Nothing was changed.\n")]
    public async Task Pause_WithoutAYes_ChangesNothing(string? answer, int code, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix) { Answer = answer }.RunAsync("pause", "billing");

        result.ExitCode.Should().Be(code);
        result.Error.Should().EndWith(error);
        (await bus.Groups.FindAsync("billing"))!.Pause.Should().BeNull();
        (await bus.Audit.ListAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("--for 1h --until 2h", "et: --until and --for exclude each other: give one of them.\n")]
    [InlineData("--until 2020-01-01", "et: The pause must end in the future, but ends at 2020-01-01 00:00:00Z (")]
    public async Task Pause_WithAnEndThatIsNone_IsRefused(string options, string error)
    {
        await using var bus = await TestBus.StartAsync(redis);
        var result = await new ToolRun(redis, bus.Prefix).RunAsync([.. "pause billing --yes".Split(' '), .. options.Split(' ')]);

        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith(error);
        (await bus.Groups.FindAsync("billing"))!.Pause.Should().BeNull();
    }

    [Fact]
    public async Task Remove_IsRefusedWhileConsumersLive_AndForced()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);

        var refused = await tool.RunAsync("remove", "billing", "--yes");
        refused.ExitCode.Should().Be(1);
        refused.Error.Should().Contain("say --force");
        await bus.StopLoopAsync();
        (await tool.RunAsync("remove", "billing", "--force", "--yes")).ExitCode.Should().Be(0);
        (await bus.Groups.FindAsync("billing")).Should().BeNull();
    }

    [Fact]
    public async Task Unsubscribe_IsRefusedWhileConsumersHandleTheType_AndDone()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("unsubscribe", "billing", "order.placed", "--yes")).ExitCode.Should().Be(1);
        var missing = await tool.RunAsync("unsubscribe", "billing", "order.paid", "--yes");
        (missing.ExitCode, missing.Error).Should().Be(
            (4, "et: Group 'billing' has not subscribed to 'order.paid'. It has subscribed to: order.placed.\n"));
        await bus.StopLoopAsync();
        (await tool.RunAsync("unsubscribe", "billing", "order.placed", "--yes", "--json")).Json.GetProperty("outcome").GetString()
            .Should().Be("Removed");
        (await bus.Groups.FindAsync("billing"))?.Types.Should().BeEmpty();
    }

    [Fact]
    public async Task Rates_ByMinute_AddUp()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await bus.MakeDeadLettersAsync(3);
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("rates", "billing")).Output.Should().StartWith("FROM ").And.MatchRegex(@"\nsum +3 +0 +3 +3 +0\n$");
        (await tool.RunAsync("rates", "billing", "--from", "2h", "--json")).Json.GetProperty("intervals").EnumerateArray()
            .Sum(static one => one.GetProperty("dead").GetInt32()).Should().Be(3);
        (await tool.RunAsync("rates", "billing", "--by", "hour")).ExitCode.Should().Be(0);
        (await tool.RunAsync("rates", "billing", "--by", "day")).ExitCode.Should().Be(2);
        (await tool.RunAsync("rates", "nobody")).ExitCode.Should().Be(4);
    }

    [Fact]
    public async Task Audit_ShowsWhoChangedWhat()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);
        (await tool.RunAsync("audit")).Output.Should().Be("No operator has changed anything.\n");
        await tool.RunAsync("pause", "billing", "--reason", "the bank is closed", "--yes");

        (await tool.RunAsync("audit")).Output.Should().MatchRegex(@"\n20.*Z +ada@desk +pause group +billing +Done +the bank is closed\n$");
        (await tool.RunAsync("audit", "--json")).Json.GetProperty("entries")[0].GetProperty("entry").GetProperty("by").GetString()
            .Should().Be("ada@desk");
    }

    [Fact]
    public async Task Unrouted_CountsByType_Lists_AndDiscards()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);
        (await tool.RunAsync("unrouted")).Output.Should().Be("Every event has gone to a group.\n");
        await bus.Bus.PublishRawAsync("nobody.wants", "{}"u8.ToArray(), new PublishOptions { Id = "lonely" });

        (await tool.RunAsync("unrouted")).Output.Should().MatchRegex(@"^TYPE +EVENTS +SINCE\nnobody\.wants +1 .* ago\n$");
        (await tool.RunAsync("unrouted", "nobody.wants")).Output.Should().MatchRegex(@"\nlonely +nobody\.wants +waits ");
        (await tool.RunAsync("unrouted", "nobody.wants", "--json")).Json.GetProperty("events")[0].GetProperty("id").GetString()
            .Should().Be("lonely");
        (await tool.RunAsync("unrouted", "nobody.wants", "--discard", "--yes")).Output
            .Should().Be("1 event of type nobody.wants discarded.\n");
        (await bus.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
        (await tool.RunAsync("unrouted", "nobody.wants", "--discard", "--yes")).ExitCode.Should().Be(4);
        (await tool.RunAsync("unrouted", "--discard", "--yes")).ExitCode.Should().Be(2);
    }
}
