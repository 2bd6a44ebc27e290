using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Tool.Tests;

/// <summary>What every command must do alike: without a bus, without Redis, with a bad command line, and when it is interrupted.</summary>
public sealed class EveryCommandTests(RedisFixture redis)
{
    // A line for each command; where it asks, it is told not to.
    private static readonly string[] Lines =
    [
        "status", "doctor", "groups", "pause billing --yes", "resume billing --yes", "remove billing --yes",
        "concurrency billing --count 8 --yes",
        "unsubscribe billing order.placed --yes",
        "rates billing", "keys billing", "limits", "limits set index --count 9 --yes", "limits reset index --yes", "audit", "consumers",
        "deliveries --group billing", "unrouted", "event order-1", "redrive order-1 --yes", "discard order-1 --yes", "cancel order-1 --yes",
        "operations", "operations stop 08h0YdB5ypy1AL5v1s3ieR --yes", "triggers", "triggers pause t --yes", "triggers resume t --yes",
        "triggers cancel t --yes", "triggers fire t --yes", "triggers reschedule t --at 1h --yes", "trigger t", "explain t order-1",
        "publish order.placed {} --yes", "tail", "export", "import - --yes", "dashboard",
    ];

    public static TheoryData<string> AllLines => [.. Lines];

    [Fact]
    public void Lines_NameEachCommand()
    {
        var tree = new CommandTree(new Terminal
        {
            In = TextReader.Null,
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            CanAsk = false,
            ShowsProgress = false,
            HasColor = false,
            Width = 80,
            Variable = static _ => null,
        });
        var names = tree.Root.Subcommands.Where(static command => !command.Hidden)
            .SelectMany(static command => (string[])[command.Name, .. command.Subcommands.Select(sub => $"{command.Name} {sub.Name}")]);
        names.Should().OnlyContain(static name => Lines.Any(line => line == name || line.StartsWith($"{name} ", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(AllLines))]
    public async Task WithoutABus_ItSaysSo_AndMakesNone(string line)
    {
        var tool = new ToolRun(redis);
        var result = await tool.RunAsync(line.Split(' '));

        result.ExitCode.Should().Be(4, $"{result}");
        (result.Output + result.Error).Should().Contain($"no bus with the prefix '{tool.Prefix}'");
        (await redis.Database.KeyExistsAsync($"{{{tool.Prefix}:0}}:meta")).Should().BeFalse("a look at a wrong prefix must not make a bus");
    }

    [Theory]
    [MemberData(nameof(AllLines))]
    public async Task WithoutRedis_ItSaysSo_AndEnds(string line)
    {
        var tool = new ToolRun(redis) { Server = "127.0.0.1:1,user=app,password=canary-7d1c2ba9e0,connectTimeout=200" };
        var result = await tool.RunAsync(line.Split(' '));

        result.ExitCode.Should().Be(1, $"{result}");
        result.Output.Should().BeEmpty();
        result.Error.Should().Be("et: Redis at 127.0.0.1:1 cannot be reached: nothing answers there, or not in time. Nothing was done.\n");
    }

    [Theory]
    [MemberData(nameof(AllLines))]
    public async Task WithAnOptionThatIsUnknown_ItIsRefused(string line)
    {
        var result = await new ToolRun(redis).RunAsync([.. line.Split(' '), "--nonsense", "host,password=canary-7d1c2ba9e0"]);

        result.ExitCode.Should().Be(2, $"{result}");
        result.Output.Should().BeEmpty();
        result.Error.Should().Contain("'--nonsense'");
    }

    [Theory]
    [MemberData(nameof(AllLines))]
    public async Task Interrupted_ItEndsWith130(string line)
    {
        using var interrupted = new CancellationTokenSource();
        await interrupted.CancelAsync();
        var result = await new ToolRun(redis).RunAsync(line.Split(' '), interrupted.Token);

        result.Should().Be(new ToolResult(130, string.Empty, string.Empty));
    }

    [Fact]
    public async Task WithAnotherNumberOfPartitions_TheLibraryRefuses()
    {
        var tool = new ToolRun(redis);
        (await tool.RunAsync("publish", "order.placed", "{}", "--partitions", "2", "--yes")).ExitCode.Should().Be(0);

        var result = await tool.RunAsync("deliveries", "--group", "billing", "--partitions", "3");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("were made with number of partitions 2, but this process has 3");
        (await tool.RunAsync("unrouted")).Output.Should().Contain("order.placed", "without the option, what is stored decides");
    }

    [Theory]
    [InlineData("host,pass,word=canary-7d1c2ba9e0,port=x")]
    [InlineData("redis://:canary-7d1c2ba9e0@127.0.0.1:1")]
    [InlineData("app:canary-7d1c2ba9e0@127.0.0.1:1")]
    [InlineData("127.0.0.1:1,password=one,canary-7d1c2ba9e0,connectTimeout=200")]
    public async Task ServerThatIsNone_IsRefused_WithoutShowingIt(string server)
    {
        var result = await new ToolRun(redis) { Server = server }.RunAsync("status");

        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith("et: --redis must be a configuration of StackExchange.Redis").And.NotContain("canary");
    }

    [Fact]
    public async Task WithAWrongPassword_ItSaysSo()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        await connection.GetServers()[0].ExecuteAsync("CONFIG", "SET", "requirepass", "right");
        var tool = new ToolRun(redis) { Server = $"{server.ConnectionString},password={LeastPrivilege.Password}" };
        var result = await tool.RunAsync("status");

        result.ExitCode.Should().Be(1);
        result.Error.Should().Contain("refuses the user or the password");
    }

    [Theory]
    [InlineData("--limit 0", "--limit must be a number from 1 to 10000, but is '0'.")]
    [InlineData(
        "--status broken",
        "--status must be one of ready, delayed, leased, processed, dead, canceled, expired, discarded, but is 'broken'.")]
    [InlineData(
        "--from soon",
        "--from must be a moment such as 2026-11-27T07:30:00Z (without an offset it is UTC), "
        + "or a distance from now such as 10m or 2d, but is 'soon'.")]
    [InlineData("--timeout 5", "--timeout must be a length of time such as 30s, 10m, 1h30m, 2d or 00:01:30, but is '5'.")]
    [InlineData("--partitions 2000", "--partitions must be a number from 1 to 1024, but is '2000'.")]
    public async Task ValueThatIsNotAllowed_IsNamed_WithWhatIs(string options, string expected)
    {
        var result = await new ToolRun(redis).RunAsync([.. "deliveries --group billing".Split(' '), .. options.Split(' ')]);

        result.Should().Be(new ToolResult(2, string.Empty, $"et: {expected}\net: 'et deliveries --help' tells how to use it.\n"));
    }

    [Fact]
    public async Task WithoutACommand_HelpIsShown()
    {
        var result = await new ToolRun(redis).RunAsync();

        result.ExitCode.Should().Be(2);
        result.Output.Should().Contain("et [command] [options]").And.Contain("doctor");
    }

    [Fact]
    public async Task PrefixThatIsNotAllowed_IsRefused()
    {
        var result = await new ToolRun(redis).RunAsync("publish", "order.placed", "{}", "--yes", "--prefix", "a b", "--partitions", "1");

        result.ExitCode.Should().Be(2, $"{result}");
        result.Error.Should().Contain("KeyPrefix").And.Contain("a b");
    }
}
