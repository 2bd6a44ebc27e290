using System.Collections.Concurrent;

namespace EventTriggers.Tests.Groups;

/// <summary>Each handler of an event has attempts, a time limit and a retry policy of its own.</summary>
public sealed class HandlerSettingTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "144")]
    public async Task AHandlerOutOfAttempts_DoesNotRunAgain_WhileTheOthersGoOn_AndARedriveRunsItAlone()
    {
        var (runs, isMended) = (new ConcurrentQueue<string>(), false);
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>(
                (context, _) =>
                {
                    runs.Enqueue($"once {context.Attempt}");
                    return Volatile.Read(ref isMended) ? default : throw new InvalidOperationException("never mind");
                },
                options => options.MaxAttempts = 1)
            .AddHandler<OrderPlaced>((context, _) =>
            {
                runs.Enqueue($"patient {context.Attempt}");
                return context.Attempt < 3 ? throw new InvalidOperationException("not yet") : default;
            })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        runs.Should().Equal("once 1", "patient 1", "patient 2", "patient 3");
        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("delegate-1 failed on an earlier attempt");
        host.Log.TextsOf("62").Should().ContainSingle().Which.Should().Contain("delegate-1").And.Contain(id);

        Volatile.Write(ref isMended, true);
        (await host.Events.RedriveAsync(id)).Should().Be(RedriveOutcome.Redriven);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        runs.Should().Equal("once 1", "patient 1", "patient 2", "patient 3", "once 1");
    }

    [Fact]
    public async Task WhereAllAreOutOfAttempts_TheDeliveryIsDead_AndARedriveRunsThemAll()
    {
        var runs = new ConcurrentQueue<string>();
        IRedisTriggersBuilder Add(IRedisTriggersBuilder build, string name, int attempts) => build.AddHandler<OrderPlaced>(
            (context, _) =>
            {
                runs.Enqueue($"{name} {context.Attempt}");
                throw new InvalidOperationException("no");
            },
            options => options.MaxAttempts = attempts);

        await using var host = TestHost.Create(redis, build => Add(Add(build, "one", 1), "two", 2)).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");
        await host.Events.RedriveAsync(id);
        await Wait.UntilAsync(() => runs.Count == 6, "both run again");

        runs.Should().Equal("one 1", "two 1", "two 2", "one 1", "two 1", "two 2");
    }

    // The handler's limit counts, not that of its group, in both directions.
    [Fact]
    public async Task MaxAttempts_OfAHandler_ReplacesThatOfItsGroup()
    {
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddGroup("more", group => group.AddHandler<OrderPlaced>(
                    (_, _) => throw new InvalidOperationException("x"), options => options.MaxAttempts = 5))
                .AddGroup("fewer", group => group.AddHandler<OrderPlaced>(
                    (_, _) => throw new InvalidOperationException("x"), options => options.MaxAttempts = 1)),
            options => options.MaxAttempts = 3).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(
            async () => (await host.Events.FindAsync(id))!.Deliveries.Count(static one => one.Status == DeliveryStatus.Dead) == 2,
            "both give up");

        (await host.Events.FindAsync(id))!.Deliveries.ToDictionary(static one => one.Group, static one => one.Attempt).Should()
            .BeEquivalentTo(new Dictionary<string, int> { ["more"] = 5, ["fewer"] = 1 });
    }

    [Fact]
    public async Task Timeout_OfAHandler_ReplacesThatOfItsGroup()
    {
        var ended = new ConcurrentQueue<string>();
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddHandler<OrderPlaced>(
                    async (_, token) =>
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(300), token);
                        ended.Enqueue("unlimited");
                    },
                    options => options.Timeout = Timeout.InfiniteTimeSpan)
                .AddHandler<Reminder>(
                    async (_, token) => await Task.Delay(Timeout.Infinite, token),
                    options => (options.Timeout, options.MaxAttempts) = (TimeSpan.FromMilliseconds(10), 1)),
            options => options.HandlerTimeout = TimeSpan.FromMilliseconds(100)).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await host.Bus.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Processed: 1, Dead: 1 }, "one ends, and one is ended");

        ended.Should().Equal("unlimited");
        (await host.Events.QueryAsync(new EventQuery { Status = DeliveryStatus.Dead }).FirstAsync()).Deliveries[0].Error.Should()
            .Contain("ran longer than HandlerTimeout, 00:00:00.0100000");
    }

    [Fact]
    public async Task ARetryPolicy_OfAHandler_ReplacesThatOfItsGroup_WhichReplacesTheHosts()
    {
        var asked = new ConcurrentQueue<string>();
        Policy Named(string name) => new(name, asked);
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddSingleton<IRetryPolicy>(Named("host"));
            build.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("x"))
                .AddGroup("billing", group =>
                {
                    group.RetryPolicy = Named("group");
                    group.AddHandler<OrderPlaced>((_, _) => throw new InvalidOperationException("x"))
                        .AddHandler<OrderPlaced>(
                            (_, _) => throw new InvalidOperationException("x"), options => options.RetryPolicy = Named("handler"));
                });
        }).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(
            async () => (await host.Events.CountAsync()).Dead + (await host.Events.CountAsync("billing")).Dead == 2, "both groups give up");

        asked.Should().BeEquivalentTo("host default/delegate-1", "group billing/delegate-1", "handler billing/delegate-2");
    }

    private sealed class Policy(string name, ConcurrentQueue<string> asked) : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure)
        {
            asked.Enqueue($"{name} {failure.Group}/{failure.Handler}");
            return null;
        }
    }
}
