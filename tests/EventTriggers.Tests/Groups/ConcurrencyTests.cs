using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using static EventTriggers.Tests.Groups.ConcurrencyScene;

namespace EventTriggers.Tests.Groups;

/// <summary>How many deliveries of a group all processes handle at a time, as an operator sets it. The judge counts what runs.</summary>
public sealed class ConcurrencyTests(RedisFixture redis)
{
    private readonly CountedHandler _handler = new();

    [Fact]
    public async Task ALowerNumber_AppliesAsHandlersEnd_AHigherOneAtOnce_AndNullEndsIt()
    {
        await using var host = Host(redis, _handler).Start();
        await PublishAsync(host, 40);
        await _handler.RunAsync(4);

        (await host.Groups.SetConcurrencyAsync("mail", 2, "ada")).Should().Be(ChangeOutcome.Done);
        await ObeysAsync(host, 2);
        await _handler.RunAsync(4);
        _handler.Release(2);
        await _handler.RunAsync(2);
        _handler.Started.Should().Be(4, "two have ended, and nothing has begun in their place");
        _handler.Release(1);
        await Wait.UntilAsync(() => _handler.Started == 5, "the next one begins");
        await _handler.RunAsync(2);

        await host.Groups.SetConcurrencyAsync("mail", 7);
        await _handler.RunAsync(7);
        await host.Groups.SetConcurrencyAsync("mail", null);
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

        await using var later = Host(redis, _handler, prefix: first.Prefix).Start();

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

        await using var deaf = Host(redis, _handler, prefix: first.Prefix, connection: connection).Start();

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
        await using var mute = Host(redis, _handler, prefix: first.Prefix, connection: connection).Start();
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
        await using var first = Host(redis, ending, clock).Start();
        await KnownAsync(first);
        await first.Groups.SetConcurrencyAsync("mail", 5);
        await ObeysAsync(first, 5);
        await PublishAsync(first, 5);
        await ending.RunAsync(5);
        await using var second = Host(redis, _handler, clock, prefix: first.Prefix).Start();
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
        await using var first = Host(redis, _handler, clock).Start();
        await KnownAsync(first);
        await first.Groups.SetConcurrencyAsync("mail", 5);
        await ObeysAsync(first, 5);
        await PublishAsync(first, 100);
        await _handler.RunAsync(5);

        await using var second = Host(redis, _handler, clock, prefix: first.Prefix).Start();
        await _handler.RunAsync(5);
        _handler.Release(3);
        await ShareAsync(first, 2, 3);
        await StartedAsync(8, clock);
        await _handler.RunAsync(5);
        _handler.Release(10);
        await StartedAsync(18, clock);
        await _handler.RunAsync(5);
        await first.Groups.SetConcurrencyAsync("mail", 1);
        await ShareAsync(first, 0, 1);
        _handler.Release(5);
        await StartedAsync(19, clock);
        await _handler.RunAsync(1);
        await first.Groups.SetConcurrencyAsync("mail", 7);
        await _handler.RunAsync(7);
        _handler.Release(100);
        await second.StopAsync();

        await ObeysAsync(first, 7);
        await Wait.UntilAsync(async () => (await first.Events.CountAsync("mail")).Processed == 100, "nothing is left");
        _handler.Most.Should().Be(7);
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

        await host.Groups.SetConcurrencyAsync("mail", 1);
        await ObeysAsync(host, 1);
        _handler.Release(3);
        await _handler.RunAsync(1);
        await host.Groups.SetConcurrencyAsync("mail", 6);
        await _handler.RunAsync(6);

        _handler.Release(40);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync("mail")).Processed == 40, "nothing is left");
    }

    // A process that has set 2 has stopped, and 20 events wait.
    private async Task<TestHost> LeaveTwentyAsync()
    {
        var first = Host(redis, new CountedHandler()).Start();
        await KnownAsync(first);
        await first.Groups.SetConcurrencyAsync("mail", 2);
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

    // What two processes say of themselves.
    private static Task ShareAsync(TestHost host, int less, int more) => Wait.UntilAsync(
        async () => (await host.Groups.ListConsumersAsync()).SelectMany(static consumer => consumer.Groups)
            .Where(static group => group.Group == "mail").Select(static group => group.Concurrency).Order().SequenceEqual([less, more]),
        $"one has {less} and the other one {more}");
}
