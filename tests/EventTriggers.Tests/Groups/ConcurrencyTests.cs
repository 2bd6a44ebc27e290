using EventTriggers.Testing.Harness;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Groups;

/// <summary>How many deliveries of a group all processes handle at a time, as an operator sets it. The judge counts what runs.</summary>
public sealed class ConcurrencyTests(RedisFixture redis)
{
    private readonly CountedHandler _handler = new();

    [Fact]
    public async Task ALowerNumber_AppliesAsHandlersEnd_AHigherOneAtOnce_AndNullEndsIt()
    {
        await using var host = Host(_handler).Start();
        await PublishAsync(host, 40);
        await _handler.RunAsync(4);

        (await Groups(host).SetConcurrencyAsync("mail", 2, "ada")).Should().Be(ChangeOutcome.Done);
        await ObeysAsync(host, 2);
        await _handler.RunAsync(4);
        _handler.Release(2);
        await _handler.RunAsync(2);
        _handler.Started.Should().Be(4, "two have ended, and nothing has begun in their place");
        _handler.Release(1);
        await Wait.UntilAsync(() => _handler.Started == 5, "the next one begins");
        await _handler.RunAsync(2);

        await Groups(host).SetConcurrencyAsync("mail", 7);
        await _handler.RunAsync(7);
        await Groups(host).SetConcurrencyAsync("mail", null);
        await ObeysAsync(host, 4);
        _handler.Release(3);
        await _handler.RunAsync(4);
        _handler.Started.Should().Be(10, "as many as have ended, and the four that run");
        _handler.Release(100);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("mail")).Processed == 40, "nothing is left");
        host.Log.TextsOf("80").Should().HaveCount(2).And.Contain(static text => text.Contains("2 deliveries") && text.Contains("ada"));
        host.Log.TextsOf("81").Should().ContainSingle();
    }

    [Fact]
    public async Task AProcessThatStartsLater_ObeysFromItsFirstClaimOn()
    {
        await using var first = await LeaveTwentyAsync();

        await using var later = Host(_handler, prefix: first.Prefix).Start();

        await HandlesTwentyByTwosAsync(first);
    }

    // What it would be told comes too late: it may not listen.
    [Fact]
    public async Task AProcessThatHearsNoMessages_ObeysFromItsFirstClaimOn()
    {
        redis.SkipUnlessRedis();
        await using var first = await LeaveTwentyAsync();
        var commands = LeastPrivilege.Commands.Replace("+subscribe ", string.Empty, StringComparison.Ordinal);
        var user = $"deaf-{first.Prefix}";
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, first.Prefix, commands, user));

        await using var deaf = Host(_handler, prefix: first.Prefix, connection: connection).Start();

        await HandlesTwentyByTwosAsync(first);
        await deaf.StopAsync();
        await redis.Connection.GetServers()[0].ExecuteAsync("ACL", "DELUSER", user);
    }

    // Whatever it claimed before, it could not know how much it may.
    [Fact]
    [Trait("Fault", "183")]
    public async Task AProcessThatCannotReport_HandlesNothing_UntilItCan()
    {
        redis.SkipUnlessRedis();
        await using var first = await LeaveTwentyAsync();
        var (server, user) = (redis.Connection.GetServers()[0], $"mute-{first.Prefix}");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            await LeastPrivilege.ConnectionStringAsync(redis.Server, redis.Connection, first.Prefix, user: user));

        // All keys but those of consumers.
        string[] keys = [string.Empty, ":[^c]*", ":c[^o]*", ":co[^n]*", ":con[^s]*", ":consumers"];
        await server.ExecuteAsync(
            "ACL", ["SETUSER", user, "resetkeys", .. keys.Select(key => $"~{{{first.Prefix}:0}}{key}")]);
        await using var mute = Host(_handler, prefix: first.Prefix, connection: connection).Start();
        await Wait.UntilAsync(() => mute.Log.TextsOf("12").Length == 1, "it says so");
        _handler.Started.Should().Be(0);
        await server.ExecuteAsync("ACL", "SETUSER", user, $"~{{{first.Prefix}*");

        await HandlesTwentyByTwosAsync(first);
        await mute.StopAsync();
        await server.ExecuteAsync("ACL", "DELUSER", user);
    }

    [Fact]
    public async Task AProcessThatStops_LeavesOthersWhatItDoesNotHandle_WhileItStillHandlesSomething()
    {
        var (clock, ending) = (Clock.At2030(), new CountedHandler());
        await using var first = Host(ending, clock).Start();
        await KnownAsync(first);
        await Groups(first).SetConcurrencyAsync("mail", 5);
        await ObeysAsync(first, 5);
        await PublishAsync(first, 5);
        await ending.RunAsync(5);
        await using var second = Host(_handler, clock, prefix: first.Prefix).Start();
        await PublishAsync(first, 20);

        var stopping = first.StopAsync();
        ending.Release(2);
        await ending.RunAsync(3);
        await _handler.RunAsync(2);
        _handler.Most.Should().Be(2);
        ending.Release(2);
        await ending.RunAsync(1);
        await _handler.RunAsync(4);
        _handler.Most.Should().Be(4, "while both handle something, each would have two or three");
        ending.Release(1);
        await stopping;
        await _handler.RunAsync(5);

        _handler.Most.Should().Be(5);
        _handler.Release(20);
    }

    [Fact]
    public async Task AllProcessesTogether_HandleTheNumber_WhoeverComesAndGoes()
    {
        // It stands still: nobody reports because it is time.
        var clock = Clock.At2030();
        await using var first = Host(_handler, clock).Start();
        await KnownAsync(first);
        await Groups(first).SetConcurrencyAsync("mail", 5);
        await ObeysAsync(first, 5);
        await PublishAsync(first, 100);
        await _handler.RunAsync(5);

        await using var second = Host(_handler, clock, prefix: first.Prefix).Start();
        await _handler.RunAsync(5);
        _handler.Release(3);
        await ShareAsync(first, 2, 3);
        await StartedAsync(8, clock);
        await _handler.RunAsync(5);
        _handler.Release(10);
        await StartedAsync(18, clock);
        await _handler.RunAsync(5);
        await Groups(first).SetConcurrencyAsync("mail", 1);
        await ShareAsync(first, 0, 1);
        _handler.Release(5);
        await StartedAsync(19, clock);
        await _handler.RunAsync(1);
        await Groups(first).SetConcurrencyAsync("mail", 7);
        await _handler.RunAsync(7);
        _handler.Release(100);
        await second.StopAsync();

        await ObeysAsync(first, 7);
        await Wait.UntilAsync(async () => (await first.Events.CountAsync("mail")).Processed == 100, "nothing is left");
        _handler.Most.Should().Be(7);
    }

    [Fact]
    public async Task WhatIsSet_IsShown_AndForgottenWhenItIsReset()
    {
        var clock = Clock.At2030();
        await using var host = Host(_handler, clock).Start();
        await KnownAsync(host);
        (await Groups(host).FindAsync("mail"))!.Concurrency.Should().BeNull();

        await Groups(host).SetConcurrencyAsync("mail", 3, "ada lovelace");

        (await Groups(host).FindAsync("mail"))!.Concurrency.Should()
            .BeEquivalentTo(new GroupConcurrency { Concurrency = 3, Since = clock.GetUtcNow(), By = "ada lovelace" });
        (await redis.Database.HashGetAsync(Concurrency(host), "mail")).ToString().Should()
            .Be($"3 {clock.GetUtcNow().ToUnixTimeMilliseconds()} ada lovelace");
        await Groups(host).SetConcurrencyAsync("mail", 5);
        (await Groups(host).ListAsync()).Single(static group => group.Name == "mail").Concurrency.Should()
            .Match<GroupConcurrency>(static set => set.Concurrency == 5 && set.By == null);
        await Groups(host).SetConcurrencyAsync("mail", null, "ada");
        (await Groups(host).FindAsync("mail"))!.Concurrency.Should().BeNull();
        (await redis.Database.KeyExistsAsync([Concurrency(host), Settings(host), $"{{{host.Prefix}:0}}:settings"])).Should()
            .Be(0);
    }

    [Fact]
    public async Task APause_AnOrder_AndAConcurrency_AreSetAndEndedEachByItself()
    {
        var clock = Clock.At2030();
        await using var host = Host(_handler, clock, static group => group.InOrder()).Start();
        await KnownAsync(host);
        await Groups(host).SetConcurrencyAsync("mail", 3);
        await Groups(host).PauseAsync("mail", new PauseOptions { Until = clock.GetUtcNow().AddSeconds(10), By = "ada" });

        (await Groups(host).FindAsync("mail"))!.Should().Match<GroupRecord>(static group => group.Concurrency!.Concurrency == 3
            && group.Concurrency.By == null && group.Pause!.By == "ada" && group.ConcurrencyPerKey == 1);
        clock.Advance(TimeSpan.FromSeconds(11));
        await PublishAsync(host, 1);
        await _handler.RunAsync(1);
        (await redis.Database.HashExistsAsync(Settings(host), "paused")).Should().BeFalse("the claim has forgotten the pause");
        (await Groups(host).FindAsync("mail"))!.Concurrency!.Concurrency.Should().Be(3);
        await Groups(host).PauseAsync("mail");
        await Groups(host).SetConcurrencyAsync("mail", null);
        (await Groups(host).FindAsync("mail"))!.Should().Match<GroupRecord>(static group =>
            group.Concurrency == null && group.Pause != null && group.ConcurrencyPerKey == 1);
        await Groups(host).ResumeAsync("mail");
        (await Groups(host).FindAsync("mail"))!.ConcurrencyPerKey.Should().Be(1);
        _handler.Release(1);
    }

    [Fact]
    [Trait("Fault", "177")]
    [Trait("Fault", "178")]
    public async Task AStoreThatLosesItsData_LosesWhatIsSet_AndProcessesNoticeWithoutAMessage()
    {
        var clock = Clock.At2030();
        await using var host = Host(_handler, clock).Start();
        await KnownAsync(host);
        await Groups(host).SetConcurrencyAsync("mail", 2);
        await ObeysAsync(host, 2);
        await new TestServer(redis.Connection, OthersUseIt: true).RemoveAsync(host.Prefix, redis.Database.Database);

        await ReportsAsync(host, clock);

        await ObeysAsync(host, 4);
    }

    [Theory]
    [InlineData("many")]
    [InlineData("0 1795456123456 ada")]
    [InlineData("100001 1795456123456 ada")]
    [InlineData("3")]
    [Trait("Fault", "179")]
    public async Task WhatCannotBeRead_IsSaidOnce_AndTheProcessKeepsItsOwnNumber(string stored)
    {
        var clock = Clock.At2030();
        await using var host = Host(_handler, clock).Start();
        await KnownAsync(host);
        await Groups(host).SetConcurrencyAsync("mail", 2);
        await ObeysAsync(host, 2);
        await redis.Database.HashSetAsync(Concurrency(host), "mail", stored);

        await ReportsAsync(host, clock);
        await ObeysAsync(host, 4);
        await ReportsAsync(host, clock);
        await PublishAsync(host, 9);
        await _handler.RunAsync(4);

        host.Log.TextsOf("82").Should().ContainSingle().Which.Should().Contain($"'{stored}'").And.Contain("mail");
        (await Groups(host).FindAsync("mail"))!.Concurrency.Should().BeNull();
        await Groups(host).SetConcurrencyAsync("mail", 5);
        await _handler.RunAsync(5);
        _handler.Release(9);
    }

    [Fact]
    [Trait("Fault", "179")]
    public async Task AKeyThatHoldsSomethingElse_IsNotOverwritten()
    {
        await using var host = Host(_handler).Start();
        await KnownAsync(host);
        await redis.Database.StringSetAsync(Concurrency(host), "what");

        await Groups(host).Invoking(static store => store.SetConcurrencyAsync("mail", 2).AsTask()).Should()
            .ThrowAsync<InvalidOperationException>();

        (await redis.Database.StringGetAsync(Concurrency(host))).ToString().Should().Be("what");
        await PublishAsync(host, 9);
        await _handler.RunAsync(4);
        _handler.Release(9);
    }

    [Fact]
    public async Task ABatch_CountsAsOneDelivery()
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddGroup("mail", group =>
            {
                group.Concurrency = 4;
                group.AddBatchHandler<OrderPlaced>(
                    (_, token) => _handler.HandleAsync(token), static options => options.MaxSize = 2);
            })).Start();
        await PublishAsync(host, 40);
        await _handler.RunAsync(4);

        await Groups(host).SetConcurrencyAsync("mail", 1);
        await ObeysAsync(host, 1);
        _handler.Release(3);
        await _handler.RunAsync(1);
        await Groups(host).SetConcurrencyAsync("mail", 6);
        await _handler.RunAsync(6);

        _handler.Release(40);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("mail")).Processed == 40, "nothing is left");
    }

    [Fact]
    public async Task TheGroupThatMatchesTriggers_CanBeSet()
    {
        await using var host = Host(_handler).Start();
        await KnownAsync(host);

        (await Groups(host).SetConcurrencyAsync("$triggers", 3)).Should().Be(ChangeOutcome.Done);

        await ObeysAsync(host, 3, "$triggers");
        (await Groups(host).FindAsync("$triggers"))!.Concurrency!.Concurrency.Should().Be(3);
    }

    [Fact]
    public async Task WhatIsNotAllowed_IsRefused_AndAnUnknownGroupIsNotFound()
    {
        await using var host = Host(_handler);
        var groups = Groups(host);

        foreach (var count in (int[])[-1, 0, 100_001])
        {
            await groups.Invoking(store => store.SetConcurrencyAsync("mail", count).AsTask()).Should()
                .ThrowAsync<ArgumentOutOfRangeException>().WithMessage($"All processes together handle 1 to 100000 *not {count}.*");
        }

        await groups.Invoking(static store => store.SetConcurrencyAsync("a b", 1).AsTask()).Should().ThrowAsync<ArgumentException>();
        await groups.Invoking(static store => store.SetConcurrencyAsync("mail", 1, new string('x', 201)).AsTask()).Should()
            .ThrowAsync<ArgumentException>().WithMessage("The name of who sets the concurrency of a group may have at most 200*");
        (await groups.SetConcurrencyAsync("nowhere", 1)).Should().Be(ChangeOutcome.NotFound);
        (await groups.SetConcurrencyAsync("nowhere", null)).Should().Be(ChangeOutcome.NotFound);
        (await redis.Database.KeyExistsAsync(Concurrency(host))).Should().BeFalse();
    }

    // A process that has set 2 has stopped, and 20 events wait.
    private async Task<TestHost> LeaveTwentyAsync()
    {
        var first = Host(new CountedHandler()).Start();
        await KnownAsync(first);
        await Groups(first).SetConcurrencyAsync("mail", 2);
        await first.StopAsync();
        await PublishAsync(first, 20);
        return first;
    }

    private async Task HandlesTwentyByTwosAsync(TestHost first)
    {
        await _handler.RunAsync(2);
        _handler.Release(20);
        await Wait.UntilAsync(async () => (await first.Events.CountAsync("mail")).Processed == 20, "all are handled");
        _handler.Most.Should().Be(2);
    }

    // Handlers that were let go may still count as running, and as many run for a moment before others have begun in their place. What was
    // claimed ahead of them is given back when the clock says so: it goes on by less than any poll or report waits for.
    private Task StartedAsync(int count, FakeTimeProvider clock)
    {
        var left = TimeSpan.FromSeconds(2);
        return Wait.UntilAsync(
            () =>
            {
                var step = TimeSpan.FromMilliseconds(left > TimeSpan.Zero ? 10 : 0);
                left -= step;
                clock.Advance(step);
                return _handler.Started == count;
            },
            $"{count} have begun");
    }

    private static IGroupStore Groups(TestHost host) => host.Services.GetRequiredService<IGroupStore>();

    private static string Concurrency(TestHost host) => $"{{{host.Prefix}:0}}:concurrency";

    private static string Settings(TestHost host) => $"{{{host.Prefix}:0}}:settings:mail";

    private static Task KnownAsync(TestHost host) => Wait.UntilAsync(
        async () => await Groups(host).FindAsync("mail") is { Consumers.Count: > 0 }, "the group is known");

    // What the process says of itself.
    private static Task ObeysAsync(TestHost host, int concurrency, string name = "mail") => Wait.UntilAsync(
        async () => (await Groups(host).ListConsumersAsync()).SelectMany(static consumer => consumer.Groups)
            .Any(group => group.Group == name && group.Concurrency == concurrency),
        $"it obeys {concurrency}");

    // What two processes say of themselves.
    private static Task ShareAsync(TestHost host, int less, int more) => Wait.UntilAsync(
        async () => (await Groups(host).ListConsumersAsync()).SelectMany(static consumer => consumer.Groups)
            .Where(static group => group.Group == "mail").Select(static group => group.Concurrency).Order().SequenceEqual([less, more]),
        $"one has {less} and the other one {more}");

    // The loop sets its timer at a moment of its own, so the clock goes on in steps.
    private static async Task ReportsAsync(TestHost host, FakeTimeProvider clock)
    {
        var before = clock.GetUtcNow();
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await Groups(host).ListConsumersAsync()).Any(consumer => consumer.SeenAt > before);
            },
            "it reports",
            TimeSpan.FromSeconds(30));
    }

    private static Task PublishAsync(TestHost host, int count) =>
        host.Bus.PublishManyAsync([.. Enumerable.Range(0, count).Select(static n => new OrderPlaced(n))]).AsTask();

    private TestHost Host(
        CountedHandler handler, TimeProvider? clock = null, Action<GroupBuilder>? configure = null, string? prefix = null,
        IConnectionMultiplexer? connection = null) =>
        TestHost.Create(
            redis,
            build => build.AddGroup("mail", group =>
            {
                group.Concurrency = 4;
                configure?.Invoke(group);
                group.AddHandler<OrderPlaced>((_, token) => handler.HandleAsync(token));
            }),
            time: clock,
            prefix: prefix,
            connection: connection);
}
