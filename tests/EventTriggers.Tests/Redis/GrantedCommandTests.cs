using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>
/// Each command that docs/reliability.md grants outside of scripts is there for a reason: taken away, it is missed. Those of scripts are in
/// <see cref="ServerProbeTests"/>.
/// </summary>
public sealed class GrantedCommandTests(RedisFixture redis)
{
    // Where it is said that a command is missing.
    private const string Connecting = "connecting fails";
    private const string Calling = "the first call fails and names it";
    private const string Log = "the host's log names it";
    private const string AclLog = "the client tries it and goes on; the server's ACL log names it";

    public static TheoryData<string, string> Outside => new()
    {
        { "ping", Log }, { "echo", Connecting }, { "info", Log }, { "client|setname", AclLog }, { "client|id", AclLog },
        { "cluster|nodes", AclLog },
        { "cluster|slots", AclLog }, { "eval", Calling }, { "evalsha", Calling }, { "subscribe", Log }, { "unsubscribe", AclLog },
    };

    private static string[] Granted => LeastPrivilege.Commands.Split(' ');

    [Theory]
    [MemberData(nameof(Outside))]
    public async Task ACommand_ThatIsTakenAway_IsMissed(string command, string where)
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var admin = await server.ConnectAsync();
        var user = await LeastPrivilege.ConnectionStringAsync(server, admin, commands: string.Join(' ', Granted.Except([$"+{command}"])));
        if (where == Connecting)
        {
            var connect = async () => await ConnectionMultiplexer.ConnectAsync(user);
            await connect.Should().ThrowAsync<RedisConnectionException>();
        }
        else
        {
            var word = where == AclLog ? command : command == "info" ? "does not let this user run INFO" : $"'{command}'";
            var (failure, log) = await UseAsync(user, where == Log ? word : string.Empty);
            var acl = await RefusedAsync(admin);
            var said = where switch { Calling => failure?.Message, Log => string.Join('\n', log), _ => string.Join('\n', acl) };
            said.Should().ContainEquivalentOf(word);
            (failure is null).Should().Be(where != Calling);
        }
    }

    [Fact]
    public void EveryCommandOutsideOfScripts_IsTakenAwayOnce() =>
        Outside.Select(row => $"+{row.Data.Item1}").Should().BeEquivalentTo(Granted[..Array.IndexOf(Granted, "+del")]);

    // Each of the others is run by a script, or by a query of the stores.
    [Fact]
    public void EveryCommandOfScripts_IsRunByOneOrByAQuery()
    {
        string[] queries = ["HGETALL", "HMGET", "LRANGE", "ZRANGEBYSCORE", "ZREVRANGE", "ZRANGE", "ZSCORE"];
        var run = ScriptTests.CommandsOf(ScriptTests.All().Where(script => script.Name != "probe")).Concat(queries).ToHashSet();

        Granted[Array.IndexOf(Granted, "+del")..].Select(command => command[1..].ToUpperInvariant()).Should().BeSubsetOf(run);
    }

    // The ACL log is where intruders are looked for. And CONFIG GET would answer requirepass and masterauth.
    [Fact]
    public async Task Host_WithWhatIsGranted_TriesNothingThatIsRefused()
    {
        redis.SkipUnlessRedis();
        await using var server = await RedisTestServer.StartAsync();
        await using var admin = await server.ConnectAsync();

        var (failure, _) = await UseAsync(await LeastPrivilege.ConnectionStringAsync(server, admin));

        failure.Should().BeNull();
        LeastPrivilege.Commands.Should().NotContain("config");
        (await RefusedAsync(admin)).Should().BeEmpty();
    }

    [Fact]
    public void TheDocumentedList_IsTheOneThatIsTested()
    {
        var documented = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "reliability.md"));

        documented.Split('\n').Where(line => line.StartsWith("  +", StringComparison.Ordinal)).SelectMany(line => line.Trim().Split(' '))
            .Should().BeEquivalentTo(Granted);
    }

    // logged: what the host's log says at some time, before it stops.
    private async Task<(Exception? Failure, IReadOnlyCollection<string> Log)> UseAsync(string user, string logged = "")
    {
        // A ping that is refused ends the connection, and is told to the call that is under way then, if there is one: here there is a ping
        // a second, where it would be one a minute.
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{user},keepAlive=1");
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(static (_, _) => default),
            options => (
                options.OperationTimeout, options.PollInterval, options.PollIntervalWhenDisconnected) = (
                    TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100)),
            connection: connection);
        try
        {
            await host.Bus.PublishAsync(new OrderPlaced(1));
            host.Start();
            await host.AsleepAsync(new OrderPlaced(2));
            await Wait.UntilAsync(
                () => host.Log.Texts.Any(text => text.Contains(logged, StringComparison.OrdinalIgnoreCase)), $"the log says {logged}");
            await host.StopAsync();
            return (null, host.Log.Texts);
        }
        catch (StoreUnavailableException e)
        {
            return (e, host.Log.Texts);
        }
    }

    private static async Task<IReadOnlyList<string>> RefusedAsync(ConnectionMultiplexer admin) =>
        [
            .. ((RedisResult[])(await admin.GetServers()[0].ExecuteAsync("ACL", "LOG"))!)
                .Select(static entry => ((RedisResult[])entry!)[7].ToString()),
        ];
}
