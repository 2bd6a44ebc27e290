using System.Collections.Concurrent;
using EventTriggers.Testing;
using EventTriggers.Testing.Harness;
using EventTriggers.Redis;
using StackExchange.Redis;
using static EventTriggers.Tests.TestKit.TestHostScene;

namespace EventTriggers.Tests.TestKit;

/// <summary>What a test can rely on: what has been handled, when nothing is left to do, and what a host begins with and leaves.</summary>
public sealed class EventTriggersTestHostTests(RedisFixture redis)
{
    private readonly TestHostScene _scene = new();

    [Fact]
    public async Task HandledAsync_FindsTheEventThatMatches_AndEarlierOnes()
    {
        await using var app = await _scene.StartAsync();
        await app.PublishAsync(new Reminder(1));
        await app.PublishAsync(new Reminder(2));

        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 2)).Should().Be(new Reminder(2));
        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 1)).Should().Be(new Reminder(1));
        (await app.HandledAsync<Reminder>(static reminder => reminder.Number == 1)).Should().Be(new Reminder(1));
    }

    [Fact]
    public async Task HandledAsync_ReturnsWhenTheSuccessIsRecorded()
    {
        await using var app = await _scene.StartAsync();
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
        await using var app = await _scene.StartAsync(build => build
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
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>(async (_, _) =>
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
        await using var app = await _scene.StartAsync(
            build => build.AddHandler<OrderPlaced>((_, _) => default), configure: options => options.Partitions = partitions);
        await app.Triggers.AddAsync(Trigger.On<OrderPlaced>().Publish(new Reminder(1)).WithId("remind"));
        for (var i = 1; i <= 50; i++)
        {
            await app.PublishAsync(new OrderPlaced(i));

            await app.IdleAsync();

            _scene.Seen.Should().HaveCount(i);
        }
    }

    [Fact]
    public async Task StartAsync_StoresDeclaredTriggers()
    {
        await using var app = await _scene.StartAsync(static build =>
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
    public async Task StartAsync_ReplacesConnectionsAndPrefixes_OfEachBus()
    {
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddSingleton<IConnectionMultiplexer>(_ => throw new InvalidOperationException("Not in a test."));
            services.AddRedisTriggers(static options => options.KeyPrefix = "shop")
                .AddHandler<Reminder>((context, _) => _scene.Note(context));
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
        await using var one = await _scene.StartAsync();
        await using var other = await _scene.StartAsync();

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
        await using (var app = await _scene.StartAsync(options: new EventTriggersTestHostOptions { Connection = redis.Connection }))
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
        await using var app = await _scene.StartAsync(
            options: new EventTriggersTestHostOptions { ConnectionString = redis.Server.ConnectionString });

        await app.PublishAsync(new Reminder(1));

        await app.HandledAsync<Reminder>();
    }

    [Fact]
    public async Task DisposeAsync_WithAHandlerThatIgnoresItsToken_Ends()
    {
        var (begun, never) = (new TaskCompletionSource(), new TaskCompletionSource());
        var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>(async (_, _) =>
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
