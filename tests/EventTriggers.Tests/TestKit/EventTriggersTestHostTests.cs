using System.Collections.Concurrent;
using EventTriggers.Testing;
using EventTriggers.Testing.Harness;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.TestKit;

/// <summary>What a test can rely on: the clock, what has been handled, and when nothing is left to do.</summary>
public sealed class EventTriggersTestHostTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentQueue<(string What, TimeSpan At)> _seen = new();

    [Fact]
    public async Task AdvanceAsync_StopsAtEachMomentOnTheWay_InTheirOrder()
    {
        await using var app = await StartAsync();
        await app.Triggers.AddAsync(Trigger.After(Minutes(20)).Publish(new Reminder(20)));
        await app.Triggers.AddAsync(Trigger.After(Minutes(10)).Publish(new Reminder(10)));
        await app.PublishAsync(new Reminder(15), new PublishOptions { Delay = Minutes(15) });
        await app.PublishAsync(new Reminder(31), new PublishOptions { Delay = Minutes(31) });

        await app.AdvanceAsync(Minutes(30));

        _seen.Should().Equal(("reminder 10", Minutes(10)), ("reminder 15", Minutes(15)), ("reminder 20", Minutes(20)));
        app.Time.GetUtcNow().Should().Be(Begin + Minutes(30));
    }

    [Fact]
    public async Task AdvanceAsync_FiresARecurringTriggerAtEachOfItsMoments()
    {
        await using var app = await StartAsync();
        await app.Triggers.AddAsync(Trigger.Every(Minutes(7)).Publish(new Reminder(7)));
        await app.Triggers.AddAsync(Trigger.Cron("30 * * * *").Publish(new Reminder(30)));

        await app.AdvanceAsync(TimeSpan.FromHours(1));

        _seen.Should().Equal(
            ("reminder 7", Minutes(7)), ("reminder 7", Minutes(14)), ("reminder 7", Minutes(21)), ("reminder 7", Minutes(28)),
            ("reminder 30", Minutes(30)), ("reminder 7", Minutes(35)), ("reminder 7", Minutes(42)), ("reminder 7", Minutes(49)),
            ("reminder 7", Minutes(56)));
    }

    // One moment leads to another: what is handled at 10 minutes publishes what is due at 12.
    [Fact]
    public async Task AdvanceAsync_MeetsWhatFallsDueBecauseOfWhatWasHandledOnTheWay()
    {
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            context.Publish(new Reminder(context.Event.Number + 2), new PublishOptions { Delay = Minutes(2) });
            return default;
        }));
        await app.PublishAsync(new OrderPlaced(10), new PublishOptions { Delay = Minutes(10) });

        await app.AdvanceAsync(Minutes(30));

        _seen.Should().Equal(("reminder 12", Minutes(12)));
    }

    [Fact]
    public async Task AdvanceAsync_RetriesWhatFailed()
    {
        var failures = 2;
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>((_, _) =>
            failures-- > 0 ? throw new InvalidOperationException("Not yet.") : default));
        await app.PublishAsync(new OrderPlaced(1));
        await app.IdleAsync();
        app.Handled<OrderPlaced>().Should().BeEmpty();

        await app.AdvanceAsync(Minutes(1));

        app.Handled<OrderPlaced>().Should().Equal(new OrderPlaced(1));
    }

    [Fact]
    public async Task AdvanceAsync_ReachesWhatAHandlerHasPutOff_WhichHasNotBeenHandledBefore()
    {
        var refusals = 1;
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            if (refusals-- > 0)
            {
                context.RetryLater(Minutes(10));
            }

            return default;
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await app.AdvanceAsync(Minutes(9));
        app.Handled<OrderPlaced>().Should().BeEmpty();

        await app.AdvanceAsync(Minutes(1));

        app.Handled<OrderPlaced>().Should().Equal(new OrderPlaced(1));
    }

    [Fact]
    public async Task AdvanceAsync_ByNothing_HandlesWhatIsReady()
    {
        await using var app = await StartAsync();
        await app.PublishAsync(new Reminder(1));

        await app.AdvanceAsync(TimeSpan.Zero);

        app.Handled<Reminder>().Should().Equal(new Reminder(1));
    }

    [Fact]
    public async Task AdvanceAsync_Backwards_IsRefused()
    {
        await using var app = await StartAsync();

        var back = () => app.AdvanceAsync(-Minutes(1));

        await back.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task AdvanceAsync_BeyondLeases_DoesNotHandleTwice()
    {
        await using var app = await StartAsync();
        await app.PublishAsync(new Reminder(1));

        await app.AdvanceAsync(TimeSpan.FromDays(60));

        _seen.Should().ContainSingle();
    }

    [Fact]
    public async Task TimersOfTheHostsOwnCode_FollowTheClock()
    {
        var done = new TaskCompletionSource();
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            await Task.Delay(Minutes(5), context.Services.GetRequiredService<TimeProvider>(), token);
            done.SetResult();
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await app.Events.CountAsync()).Leased == 1, "the handler runs");

        while (!done.Task.IsCompleted)
        {
            app.Time.Advance(Minutes(1));
            await Task.Delay(1);
        }

        (await app.HandledAsync<OrderPlaced>()).Number.Should().Be(1);
    }

    // The handler's timer ends before the next renewal.
    [Fact]
    public async Task ALease_StaysCertain_HoweverFarTheClockMoves()
    {
        var isCertain = new TaskCompletionSource<bool>();
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), context.Services.GetRequiredService<TimeProvider>(), token);
            isCertain.SetResult(context.LeaseIsCertain);
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await app.Events.CountAsync()).Leased == 1, "the handler runs");
        await Task.Delay(50);

        app.Time.Advance(Minutes(30));

        (await Wait.ForAsync(isCertain.Task)).Should().BeTrue();
    }

    [Fact]
    public async Task HandledAsync_FindsTheEventThatMatches_AndEarlierOnes()
    {
        await using var app = await StartAsync();
        await app.PublishAsync(new Reminder(1));
        await app.PublishAsync(new Reminder(2));

        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 2)).Should().Be(new Reminder(2));
        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 1)).Should().Be(new Reminder(1));
        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 1)).Should().Be(new Reminder(1));
    }

    [Fact]
    public async Task HandledAsync_ReturnsWhenTheSuccessIsRecorded()
    {
        await using var app = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            var id = (await app.PublishAsync(new Reminder(i))).Id;

            await app.HandledAsync<Reminder>(reminder => reminder.Number == i);

            (await app.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Status.Should().Be(DeliveryStatus.Processed);
        }
    }

    // The success is recorded after the handler's services are disposed, which takes a while here.
    [Fact]
    public async Task HandledAsync_WhileTheHandlersServicesAreDisposed_WaitsForThem()
    {
        var isDisposed = false;
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddScoped(_ => new Slow(() => isDisposed = true));
            services.AddRedisTriggers().AddHandler<Reminder>(static (context, _) =>
            {
                context.Services.GetRequiredService<Slow>();
                return default;
            });
        });
        await app.PublishAsync(new Reminder(1));

        await app.HandledAsync<Reminder>();

        isDisposed.Should().BeTrue();
    }

    // What is recorded then is a failure, which is retried.
    [Fact]
    public async Task AHandlerWhoseServicesFailToBeDisposed_HasNotHandled()
    {
        var (end, disposals) = (new TaskCompletionSource(), new ConcurrentQueue<int>());
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddScoped(_ => new FailingToEnd(end.Task, disposals));
            services.AddRedisTriggers().AddHandler<Reminder>(static (context, _) =>
            {
                context.Services.GetRequiredService<FailingToEnd>();
                return default;
            });
        });
        await app.PublishAsync(new Reminder(1));
        await Wait.UntilAsync(() => disposals.Count == 1, "the handler has returned");

        var handled = app.HandledAsync<Reminder>(within: TimeSpan.FromSeconds(1));
        end.SetResult();
        (await FluentActions.Awaiting(() => handled).Should().ThrowAsync<EventTriggersTestException>()).Which.Message.Should()
            .Contain("No Reminder was handled").And.Contain("Failed:").And.Contain("disposal 1 fails").And.NotContain("Handled:");
        app.Handled<Reminder>().Should().BeEmpty();

        await app.AdvanceAsync(TimeSpan.FromHours(1));
        (await app.HandledAsync<Reminder>()).Should().Be(new Reminder(1));
        app.Handled<Reminder>().Should().ContainSingle();
        disposals.Should().HaveCount(2);
    }

    // The host's own middleware decides, too, what becomes of a handler.
    [Fact]
    public async Task AHandlerWhoseMiddlewareFails_HasNotHandled()
    {
        await using var app = await EventTriggersTestHost.StartAsync(static services => services
            .AddSingleton<IHandlerMiddleware>(new FailingMiddleware())
            .AddRedisTriggers().AddHandler<Reminder>(static (_, _) => default));
        await app.PublishAsync(new Reminder(1));

        await app.IdleAsync();

        app.Handled<Reminder>().Should().BeEmpty();
    }

    [Fact]
    public async Task Handled_OfAnEventWithSeveralHandlersAndGroups_HasItOnce()
    {
        await using var app = await StartAsync(build => build
            .AddHandler<Reminder>(static (_, _) => default)
            .AddGroup("other", static group => group.AddHandler<Reminder>(static (_, _) => default)));
        await app.PublishAsync(new Reminder(1));

        await app.IdleAsync();

        app.Handled<Reminder>().Should().Equal(new Reminder(1));
    }

    [Fact]
    public async Task IdleAsync_WaitsForAHandlerThatRuns()
    {
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await StartAsync(build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            begun.SetResult();
            await end.Task;
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(begun.Task);

        var idle = app.IdleAsync();
        await Task.Delay(100);
        idle.IsCompleted.Should().BeFalse();
        end.SetResult();

        await Wait.ForAsync(idle);
        app.Handled<OrderPlaced>().Should().ContainSingle();
    }

    // What a trigger raises for an event belongs to it; with several partitions, the two are in different places.
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task IdleAsync_WaitsForTriggersOnEvents(int partitions)
    {
        await using var app = await StartAsync(
            build => build.AddHandler<OrderPlaced>((_, _) => default), configure: options => options.Partitions = partitions);
        await app.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)).WithId("remind"));
        for (var i = 1; i <= 50; i++)
        {
            await app.PublishAsync(new OrderPlaced(i));

            await app.IdleAsync();

            _seen.Should().HaveCount(i);
        }
    }

    [Fact]
    public async Task StartAsync_StoresDeclaredTriggers()
    {
        await using var app = await StartAsync(static build =>
        {
            for (var i = 1; i <= 300; i++)
            {
                build.AddTrigger($"every-{i}", Trigger.Every(Minutes(i)).Publish(new Reminder(i)));
            }
        });

        (await app.Triggers.FindAsync("every-300"))!.DueAt.Should().Be(Begin + Minutes(300));
        (await app.Triggers.QueryAsync(new TriggerQuery()).CountAsync()).Should().Be(300);
    }

    [Fact]
    public async Task StartAsync_TakesTheClockThatIsRegistered()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2031, 5, 5, 0, 0, 0, TimeSpan.Zero));
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddRedisTriggers();
        });

        app.Time.Should().BeSameAs(clock);
    }

    [Fact]
    public async Task StartAsync_ReplacesConnectionsAndPrefixes_OfEachBus()
    {
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("Not in a test."));
            services.AddRedisTriggers(static options => options.KeyPrefix = "shop").AddHandler<Reminder>((context, _) => Note(context));
            services.AddKeyedRedisTriggers("audit", static options => options.KeyPrefix = "shop")
                .UseConnectionAsync<IConnectionMultiplexer>(static _ => throw new InvalidOperationException("Not in a test."))
                .AddHandler<OrderPlaced>(static (_, _) => default);
        });

        await app.PublishAsync(new Reminder(1));
        await app.Services.GetRequiredKeyedService<IEventBus>("audit")
            .PublishAsync(new OrderPlaced(2), new PublishOptions { Delay = Minutes(5) });
        await app.AdvanceAsync(Minutes(5));

        app.Handled<Reminder>().Should().Equal(new Reminder(1));
        app.Handled<OrderPlaced>().Should().Equal(new OrderPlaced(2));
    }

    [Fact]
    public async Task TwoHosts_ShareNothingButTheServer()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();

        await one.PublishAsync(new Reminder(1));
        await one.IdleAsync();
        await other.IdleAsync();

        one.Handled<Reminder>().Should().ContainSingle();
        other.Handled<Reminder>().Should().BeEmpty();
    }

    [Fact]
    public async Task AServerOfItsOwn_IsLeftWithoutKeys()
    {
        string root;
        await using (var app = await StartAsync(options: new EventTriggersTestHostOptions { Connection = redis.Connection }))
        {
            await app.PublishAsync(new Reminder(1));
            await app.HandledAsync<Reminder>();
            root = app.Services.GetRequiredService<Keyspace>().Partitions[0].Keys.Root!;
            (await redis.Database.KeyExistsAsync($"{root}:meta")).Should().BeTrue();
        }

        var left = redis.Connection.GetServers().Where(static server => !server.IsReplica)
            .SelectMany(server => server.Keys(redis.Database.Database, $"{root}*", pageSize: 1000));
        left.Should().BeEmpty();
        redis.Connection.IsConnected.Should().BeTrue();
    }

    [Fact]
    public async Task AServerNamedByItsConnectionString_IsUsed()
    {
        await using var app = await StartAsync(
            options: new EventTriggersTestHostOptions { ConnectionString = redis.Server.ConnectionString });

        await app.PublishAsync(new Reminder(1));

        await app.HandledAsync<Reminder>();
    }

    [Fact]
    public async Task DisposeAsync_WithAHandlerThatIgnoresItsToken_Ends()
    {
        var (begun, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        var app = await StartAsync(build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            begun.SetResult();
            await never.Task;
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(begun.Task);

        await Wait.ForAsync(app.DisposeAsync().AsTask());
        never.SetResult();
    }

    // A moment is over when what is due at it has been taken.
    [Theory]
    [InlineData(0, 1000L, true)]
    [InlineData(0, null, true)]
    [InlineData(0, 999L, false)]
    [InlineData(1, null, false)]
    public void APartition_IsIdle_WhenNothingIsReadyLeasedOrDue(int busy, long? nextDue, bool isIdle) =>
        new PartitionSnapshot { Busy = busy, NextDue = nextDue, Waiting = [] }.IsIdle(nowMs: 999).Should().Be(isIdle);

    private static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    private ValueTask Note(EventContext<Reminder> context)
    {
        _seen.Enqueue(($"reminder {context.Event.Number}", context.Services.GetRequiredService<TimeProvider>().GetUtcNow() - Begin));
        return default;
    }

    private Task<EventTriggersTestHost> StartAsync(
        Action<IRedisTriggersBuilder>? build = null, EventTriggersTestHostOptions? options = null,
        Action<RedisTriggersOptions>? configure = null) =>
        EventTriggersTestHost.StartAsync(
            services =>
            {
                var builder = services.AddRedisTriggers(configure).AddHandler<Reminder>((context, _) => Note(context));
                build?.Invoke(builder);
            },
            options);

    // The first of them fails.
    private sealed class FailingToEnd(Task end, ConcurrentQueue<int> disposals) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            disposals.Enqueue(disposals.Count + 1);
            await end;
            if (disposals.Count == 1)
            {
                throw new InvalidOperationException("disposal 1 fails");
            }
        }
    }

    private sealed class Slow(Action disposed) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Task.Delay(100);
            disposed();
        }
    }

    private sealed class FailingMiddleware : IHandlerMiddleware
    {
        public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            await next(context, cancellationToken);
            throw new InvalidOperationException("After all.");
        }
    }
}
