using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>triggers, trigger, explain, and the changes of triggers.</summary>
public sealed class TriggerCommandTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Later = new(2035, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public async Task Triggers_ListsByFilter()
    {
        await using var bus = await TestBus.StartAsync(redis);
        var tool = new ToolRun(redis, bus.Prefix);
        (await tool.RunAsync("triggers")).Output.Should().Be("There are no such triggers.\n");
        await AddAsync(bus);

        var all = await tool.RunAsync("triggers");
        all.Output.Should().MatchRegex(@"\nonce +at 2035-01-02 03:04:05Z +order\.reminder +active +in ")
            .And.MatchRegex(@"\ndaily +cron 0 3 \* \* \* Europe/Berlin ")
            .And.MatchRegex(@"\nlogins +on login\.failed 3 times within 1m per /user +alarm +active +- ");
        (await tool.RunAsync("triggers", "--kind", "cron", "--json")).Json.GetProperty("triggers").EnumerateArray()
            .Select(static one => one.GetProperty("id").GetString()).Should().Equal("daily");
        (await tool.RunAsync("triggers", "--tag", "night", "--due-before", "2d")).Output.Should().Contain("\ndaily ")
            .And.NotContain("once");
        (await tool.RunAsync("triggers", "--limit", "2")).Output.Should().Contain("2 triggers. More: --cursor ");
    }

    [Fact]
    public async Task Trigger_ShowsWhatIsKnown()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await AddAsync(bus);
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("trigger", "daily")).Output.Should().Contain("fires         cron 0 3 * * * Europe/Berlin\n")
            .And.Contain("tags          night\n").And.MatchRegex(
                @"\nNext\n(20\d\d-\d\d-\d\d 0[12]:00:00Z  \w\w\w 03:00:00 \+0[12]:00\n){5}");
        (await tool.RunAsync("trigger", "logins")).Output.Should().Contain("\nPattern\n{\n  \"user\": [\n").And.Contain("\nTemplate\n");
        (await tool.RunAsync("trigger", "daily", "--next", "2", "--json")).Json.GetProperty("next").GetArrayLength().Should().Be(2);
        var missing = await tool.RunAsync("trigger", "none");
        (missing.ExitCode, missing.Error).Should().Be((4, "et: There is no trigger 'none': it never existed, or its retention is over.\n"));
    }

    [Fact]
    public async Task Changes_OfOneTrigger()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await AddAsync(bus);
        var tool = new ToolRun(redis, bus.Prefix) { Answer = "yes\n" };

        var paused = await tool.RunAsync("triggers", "pause", "once");
        paused.Error.Should().Be("Pause trigger 'once' (at 2035-01-02 03:04:05Z)? [y/N] ");
        (await bus.Triggers.FindAsync("once"))!.Status.Should().Be(TriggerStatus.Paused);
        (await tool.RunAsync("triggers", "resume", "once")).ExitCode.Should().Be(0);
        (await tool.RunAsync("triggers", "reschedule", "once", "--at", "2036-01-01")).ExitCode.Should().Be(0);
        (await bus.Triggers.FindAsync("once"))!.DueAt.Should().Be(new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        (await tool.RunAsync("triggers", "fire", "daily")).ExitCode.Should().Be(0);
        (await bus.Triggers.FindAsync("daily"))!.FiringCount.Should().Be(1);
        (await tool.RunAsync("triggers", "cancel", "once")).ExitCode.Should().Be(0);
        (await tool.RunAsync("triggers", "cancel", "none")).ExitCode.Should().Be(4);
        (await tool.RunAsync("triggers", "pause", "once")).ExitCode.Should().Be(1);
        (await tool.RunAsync("triggers", "reschedule", "daily")).ExitCode.Should().Be(2);
        (await bus.Audit.ListAsync()).Select(static one => one.Entry.Action).Should().Contain(
            ["pause trigger", "resume trigger", "reschedule trigger", "fire trigger", "cancel trigger"]);
    }

    [Fact]
    public async Task Changes_OfThoseThatFiltersSelect()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await AddAsync(bus);
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("triggers", "pause", "--tag", "night", "--yes", "--json")).Json.GetProperty("matching").GetInt32()
            .Should().Be(1);
        (await bus.Triggers.FindAsync("daily"))!.Status.Should().Be(TriggerStatus.Paused);
        (await bus.Triggers.FindAsync("once"))!.Status.Should().Be(TriggerStatus.Active);
        (await tool.RunAsync("triggers", "resume", "--all", "--yes")).Output.Should().StartWith("Done (resume): 1 changed");
        (await tool.RunAsync("triggers", "cancel", "--all", "--yes")).Output.Should().StartWith("Done (cancel): 3 changed");
        (await tool.RunAsync("triggers", "cancel", "--all", "--yes")).Output.Should().Be("Nothing to do: there are no triggers.\n");
    }

    [Fact]
    public async Task Explain_SaysWhy_OfAnEventAndOfAPayload()
    {
        await using var bus = await TestBus.StartAsync(redis);
        await AddAsync(bus);
        await bus.Bus.PublishRawAsync("login.failed", """{"user":"root"}"""u8.ToArray(), new PublishOptions { Id = "login-1" });
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("explain", "logins", "login-1")).Output.Should().StartWith(
            "logins: incomplete. ").And.Contain("  yes $.user is \"root\", wanted [{\"anything-but\":[\"guest\"]}]\n")
                .And.Contain("  2 missing until ");
        var payload = await tool.RunAsync("explain", "--type", "login.failed", "--payload", """{"user":"guest"}""");
        payload.Output.Should().StartWith("logins: pattern-differs. ").And.EndWith("1 trigger of login.failed explained.\n");
        (await tool.RunAsync("explain", "--type", "no.such", "--payload", "{}")).Output.Should().Be("0 triggers of no.such explained.\n");
        (await tool.RunAsync("explain", "logins", "login-1", "--json")).Json.GetProperty("verdict").GetString().Should().Be("Incomplete");
        (await tool.RunAsync("explain", "none", "login-1")).Error.Should().Contain("no trigger 'none'");
        (await tool.RunAsync("explain", "logins", "none")).Error.Should().Contain("no event 'none'");
        (await tool.RunAsync("explain", "logins")).ExitCode.Should().Be(2);
        (await tool.RunAsync("explain", "--type", "login.failed", "--payload", "{")).ExitCode.Should().Be(2);
    }

    private static async Task AddAsync(TestBus bus)
    {
        await bus.Triggers.AddAsync(Trigger.At(Later).Publish(new Reminder(1)).WithId("once"));
        await bus.Triggers.AddAsync(Trigger.Cron("0 3 * * *", "Europe/Berlin").Publish(new Reminder(2)).WithId("daily").Tagged("night"));
        await bus.Triggers.AddAsync(
            Trigger.On("login.failed").Matching("""{"user":[{"anything-but":["guest"]}]}""").Per("user").Count(3).Within(TimeSpan.FromMinutes(1))
                .Publish(new EventTemplate("alarm", """{"who":"$.user"}""")).WithId("logins"));
    }
}
