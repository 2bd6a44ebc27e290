using EventTriggers.Consuming.Duties;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>What is wrong with a server is said before the first use.</summary>
public sealed class ServerProbeTests(RedisFixture redis)
{
    public static TheoryData<string, string> KeysOfTheStart => HostileKeys.Cases(("leased:default", "zset"), ("meta", "hash"));

    // Security 13.
    [Fact]
    [Trait("Fault", "55")]
    public async Task ACommandThatTheUserMayNotRun_IsNamed()
    {
        redis.SkipUnlessRedis(orCluster: true);
        var commands = LeastPrivilege.Commands.Split(' ');
        var inScripts = commands[Array.IndexOf(commands, "+del")..];
        foreach (var missing in inScripts)
        {
            var user = await ConnectAsync(string.Join(' ', commands.Except([missing])));
            await using (user)
            {
                await using var host = TestHost.Create(redis, connection: user);
                var use = async () => await host.Bus.PublishAsync(new OrderPlaced(1));
                var name = missing[1..].ToUpperInvariant();
                if (name is "PUBLISH" or "SCAN")
                {
                    await use.Should().NotThrowAsync();
                    host.Log.Texts.Should()
                        .Contain(text => text.StartsWith($"The server does not let this user run {name}:", StringComparison.Ordinal));
                }
                else
                {
                    await use.Should().ThrowAsync<IncompatibleStoreException>()
                        .WithMessage($"*does not let this user run {name} in scripts*", name);
                }
            }
        }
    }

    // Security 12.
    [Fact]
    public async Task AnotherPrefix_IsRefused()
    {
        redis.SkipUnlessRedis(orCluster: true);
        await using var user = await ConnectAsync(LeastPrivilege.Commands, prefixes: "mine");
        await using var host = TestHost.Create(redis, connection: user);

        var use = async () => await host.Bus.PublishAsync(new OrderPlaced(1));

        (await use.Should().ThrowAsync<StoreUnavailableException>()).Which.MayHaveHappened.Should().BeFalse();
    }

    // Security 11: what scripts run is what the user is granted, and what is tried at the start.
    [Fact]
    public void TheGrantedCommands_AreThoseOfTheScripts()
    {
        var granted = LeastPrivilege.Commands.Split(' ').Select(command => command[1..].ToUpperInvariant()).ToHashSet();

        foreach (var command in ScriptTests.CommandsOf(ScriptTests.All().Where(script => script.Name != "probe")))
        {
            granted.Should().Contain(command);
            Script.Probe.Text.Should().Contain($"'{command}'", "it is tried");
        }
    }

    [Theory]
    [Trait("Fault", "56")]
    [MemberData(nameof(KeysOfTheStart))]
    public async Task AKeyOfAnotherType_IsNamedAtTheStart(string name, string type)
    {
        await using var host = TestHost.Create(redis);
        var key = $"{{{host.Prefix}:0}}:{name}";
        await HostileKeys.WriteAsync(redis.Database, key, type);

        var use = async () => await host.Bus.PublishAsync(new OrderPlaced(1));
        var run = () => host.Loop.RunAsync(CancellationToken.None);

        await use.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a {type} *or remove the key.");
        await run.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a {type} *or remove the key.");
        await HostileKeys.RemoveAsync(redis.Database, key);
        await use.Should().NotThrowAsync();
    }

    [Theory]
    [Trait("Fault", "56")]
    [InlineData("ready:default", "ready")]
    [InlineData("delayed:default", "delayed")]
    [InlineData("lanes", "lanes")]
    [InlineData("routes:order.placed", "routes")]
    [InlineData("unrouted:order.reminder", "unrouted")]
    public async Task AKeyThatChangesItsTypeLater_StopsAPublishBeforeItWrites(string name, string kind)
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var key = $"{{{host.Prefix}:0}}:{name}";
        await redis.Database.KeyDeleteAsync(key);
        await redis.Database.StringSetAsync(key, "mine");
        var id = "e";

        var publish = async () => kind == "unrouted"
            ? await host.Bus.PublishAsync(new Reminder(1), new PublishOptions { Id = id })
            : await host.Bus.PublishAsync(
                new OrderPlaced(1), new PublishOptions { Id = id, Delay = kind == "delayed" ? TimeSpan.FromHours(1) : null });

        await publish.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*'{key}' holds a string*nothing was changed*");
        (await host.Events.FindAsync(id)).Should().BeNull();
        (await redis.Database.StringGetAsync(key)).Should().Be("mine");
    }

    [Theory]
    [Trait("Fault", "69")]
    [InlineData("redis_version:6.0.16\r\n", false)]
    [InlineData("redis_version:6.2.0\r\n", true)]
    [InlineData("redis_version:7.0.15\r\n", true)]
    [InlineData("", true)]
    public void AnOldServer_IsRefused(string info, bool isAccepted)
    {
        var check = () => ServerProbe.ThrowIfTooOld(info);

        if (isAccepted)
        {
            check.Should().NotThrow();
        }
        else
        {
            check.Should().Throw<IncompatibleStoreException>().WithMessage("The server is Redis 6.0.16; EventTriggers needs 6.2 or newer.");
        }
    }

    // What the loop finds gone is reported, and made again.
    [Fact]
    [Trait("Fault", "41")]
    [Trait("Fault", "58")]
    public async Task SubscriptionsThatAreGone_AreReportedAndMadeAgain()
    {
        await using var host = TestHost.Create(redis);
        var log = host.Services.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>().CreateLogger("test");
        var subscribe = new SubscribeDuty(host.Keyspace, host.Keyspace.Partitions[0], [new GroupType("default", "order.placed")], log);
        await host.Keyspace.EnsureReadyAsync();
        await subscribe.RunOnceAsync();
        await subscribe.RunOnceAsync();
        host.Log.TextsOf("24").Should().BeEmpty();

        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:routes:order.placed");
        await redis.Database.KeyDeleteAsync($"{{{host.Prefix}:0}}:meta");
        await subscribe.RunOnceAsync();

        host.Log.Texts.Should()
            .Contain(text => text.StartsWith("Partition 0 has lost the subscriptions of group default", StringComparison.Ordinal));
        (await redis.Database.SetMembersAsync($"{{{host.Prefix}:0}}:routes:order.placed")).Should().Equal("default");
        (await redis.Database.HashGetAsync($"{{{host.Prefix}:0}}:meta", "partitions")).Should().Be(1);
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(string commands, string prefixes = "") =>
        await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, prefixes, commands, "probed"));
}
