using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>limits, limits set, limits reset.</summary>
public sealed class LimitCommandTests(RedisFixture redis)
{
    [Fact]
    public async Task Limits_WhereNoneWasAsked_SaysSo()
    {
        await using var bus = await TestBus.StartAsync(redis);

        var result = await new ToolRun(redis, bus.Prefix).RunAsync("limits");

        result.ExitCode.Should().Be(0, $"{result}");
        result.Output.Should().Be("No process has asked a limit.\n");
    }

    [Fact]
    public async Task Limits_ShowsEach_AndSetAndResetChangeIt()
    {
        await using var bus = await AskedAsync();
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("limits")).Output.Should().MatchRegex(
            @"^LIMIT +RATE +BURST +USED +NEXT +SET BY +GROUPS\nindex +1,000 in 1s +100 +[01](\.\d)? +at once +- +search\n$");

        var set = await tool.RunAsync("limits", "set", "index", "--count", "5", "--per", "1m", "--burst", "2", "--yes");
        set.ExitCode.Should().Be(0, $"{set}");
        set.Output.Should().Contain("Limit 'index' is 5 in 1m. To end that: et limits reset index");
        var limit = (await bus.Limits.ListAsync()).Limits.Single();
        (limit.Limit.Count, limit.Limit.Per, limit.Limit.Burst, limit.SetBy).Should().Be((5, TimeSpan.FromMinutes(1), 2, "ada@desk"));
        (await tool.RunAsync("limits", "search")).Output.Should().MatchRegex(@"\nindex +5 in 1m +2 .* +ada@desk, \S+ ago +search\n$");
        (await tool.RunAsync("limits", "billing")).Output.Should().Be("No process has asked a limit.\n");
        var entry = (await bus.Audit.ListAsync())[0].Entry;
        (entry.Action, entry.Target, entry.Details).Should().Be(("set limit", "index", "5 in 1m"));

        (await tool.RunAsync("limits", "reset", "index", "--yes")).Output.Should().Contain("Limit 'index' is 1,000 in 1s.");
        (await bus.Limits.ListAsync()).Limits.Single().SetAt.Should().BeNull();
    }

    [Fact]
    public async Task ALimitByKey_IsListed_AndChangedByItsName()
    {
        await using var bus = await TestBus.StartAsync(
            redis, configure: static options => options.Groups["search"] = new GroupOptions
            {
                LimitPerKey = new LimitOptions { Count = 5, Burst = 2 },
            });
        await Wait.UntilAsync(async () => (await bus.Limits.ListAsync()).Limits.Count == 1, "the group has subscribed");
        var tool = new ToolRun(redis, bus.Prefix);

        (await tool.RunAsync("limits")).Output.Should().MatchRegex(@"\n\$key:search +5 in 1s +2 +- +by key +- +search\n$");
        (await tool.RunAsync("limits", "set", "$key:search", "--count", "3", "--yes")).Output.Should()
            .Contain("Limit '$key:search' is 3 in 1s. To end that: et limits reset $key:search");
        var limit = (await bus.Limits.ListAsync()).Limits.Single();
        (limit.Limit.Count, limit.Configured!.Count, limit.SetBy).Should().Be((3, 5, "ada@desk"));
        (await tool.RunAsync("limits", "reset", "$key:search", "--yes")).Output.Should().Contain("Limit '$key:search' is 5 in 1s.");
        (await bus.Limits.ListAsync()).Limits.Single().SetAt.Should().BeNull();
    }

    [Fact]
    public async Task Set_Asks_AndChangesNothingWithoutAYes()
    {
        await using var bus = await AskedAsync();

        var result = await new ToolRun(redis, bus.Prefix) { Answer = "n\n" }.RunAsync("limits", "set", "index", "--count", "5");

        result.ToString().Should().Contain("Change limit 'index' from 1,000 in 1s to 5 in 1s, for all processes?");
        (await bus.Limits.ListAsync()).Limits.Single().SetAt.Should().BeNull();
    }

    [Theory]
    [InlineData("set nothing --count 5 --yes", 4, "There is no limit 'nothing'. There are: index.")]
    [InlineData("reset nothing --yes", 4, "There is no limit 'nothing'. There are: index.")]
    [InlineData("set index --count 0 --yes", 2, "--count must be a number from 1 to 1000000")]
    [InlineData("set index --yes", 2, "--count")]
    public async Task WhatIsNoLimit_IsRefused(string line, int code, string message)
    {
        await using var bus = await AskedAsync();

        var result = await new ToolRun(redis, bus.Prefix).RunAsync(["limits", .. line.Split(' ')]);

        result.ExitCode.Should().Be(code, $"{result}");
        result.Error.Should().Contain(message);
    }

    [Fact]
    public async Task Json_HasWhatTheStoreHas()
    {
        await using var bus = await AskedAsync();

        var json = (await new ToolRun(redis, bus.Prefix).RunAsync("limits", "--json")).Json;

        var limit = json.GetProperty("limits").EnumerateArray().Should().ContainSingle().Subject;
        limit.GetProperty("name").GetString().Should().Be("index");
        limit.GetProperty("limit").GetProperty("count").GetInt32().Should().Be(1000);
        limit.GetProperty("groups")[0].GetString().Should().Be("search");
    }

    // A limit is known once a process has asked it for a delivery.
    private async Task<TestBus> AskedAsync()
    {
        var bus = await TestBus.StartAsync(redis);
        await bus.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(async () => (await bus.Limits.ListAsync()).Limits.Count == 1, "the limit is asked");
        await Wait.UntilAsync(async () => (await bus.Events.CountAsync("search")).Processed == 1, "the reminder is handled");
        return bus;
    }
}
