using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.TestKit;

/// <summary>IdleAsync reads one bus after another: what moves between them meanwhile is not overlooked.</summary>
public sealed class TestHostIdleTests(RedisFixture redis)
{
    // An event wanders between two buses: just before a bus is read, the handler that runs there publishes to the other bus and ends. So
    // each bus is idle at the moment at which it is read, but the host is not until the last event is handled.
    [Fact]
    public async Task IdleAsync_WhileWorkMovesBetweenBuses_WaitsForIt()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Server.ConnectionString);
        var wandering = new WanderingEvent(lastNumber: 6);
        await using var app = await EventTriggersTestHost.StartAsync(
            services =>
            {
                services.AddRedisTriggers().AddHandler<OrderPlaced>((context, _) => wandering.HandleAsync(context.Event.Number));
                services.AddKeyedRedisTriggers("other")
                    .AddHandler<OrderPlaced>((context, _) => wandering.HandleAsync(context.Event.Number));
            },
            new EventTriggersTestHostOptions { Connection = connection });
        await app.IdleAsync();
        await wandering.BeginAsync(app, connection);

        await wandering.IdleAsync();

        // In any order: a handler publishes before it ends, so the next one may end first.
        app.Handled<OrderPlaced>().Select(static order => order.Number).Should().BeEquivalentTo([0, 1, 2, 3, 4, 5, 6]);
    }

    /// <summary>Event n is handled by the second bus if n is even, else by the first.</summary>
    private sealed class WanderingEvent(int lastNumber)
    {
        private readonly AsyncLocal<bool> _isReading = new();
        private readonly Step[] _steps = [.. Enumerable.Range(0, lastNumber + 1).Select(static _ => new Step())];
        private EventTriggersTestHost? _app;
        private int _calls;
        private int _callsPerBus;
        private int _running;

        public async ValueTask HandleAsync(int number)
        {
            Volatile.Write(ref _running, number);
            _steps[number].Begun.SetResult();
            if (number < lastNumber)
            {
                await _steps[number].MayEnd.Task;
                await (number % 2 == 0 ? _app!.Bus : _app!.Services.GetRequiredKeyedService<IEventBus>("other"))
                    .PublishAsync(new OrderPlaced(number + 1));
            }
        }

        public async Task BeginAsync(EventTriggersTestHost app, ConnectionMultiplexer connection)
        {
            _app = app;
            connection.RegisterProfiler(() =>
            {
                BeforeCall();
                return null;
            });
            await IdleAsync();

            // Both buses were read twice.
            _callsPerBus = _calls / 4;
            _callsPerBus.Should().BePositive();
            await app.Services.GetRequiredKeyedService<IEventBus>("other").PublishAsync(new OrderPlaced(0));
            await Wait.ForAsync(_steps[0].Begun.Task);
        }

        public async Task IdleAsync()
        {
            (_isReading.Value, _calls) = (true, 0);
            await _app!.IdleAsync();
        }

        // On the thread that is about to make the call.
        private void BeforeCall()
        {
            if (!_isReading.Value || _callsPerBus == 0)
            {
                _calls += _isReading.Value ? 1 : 0;
                return;
            }

            var (call, number) = (_calls++, Volatile.Read(ref _running));
            var isOnTheBus = call / _callsPerBus % 2 == (number + 1) % 2;
            if (call % _callsPerBus == 0 && isOnTheBus && number < lastNumber)
            {
                Task.Run(() => MoveAsync(number)).GetAwaiter().GetResult();
            }
        }

        private async Task MoveAsync(int number)
        {
            _isReading.Value = false;
            _steps[number].MayEnd.SetResult();
            await Wait.ForAsync(_steps[number + 1].Begun.Task);
            var events = number % 2 == 0 ? _app!.Services.GetRequiredKeyedService<IEventStore>("other") : _app!.Events;
            await Wait.UntilAsync(async () => await events.CountAsync() is { Leased: 0, Ready: 0 }, "its success is recorded");
        }
    }

    private sealed class Step
    {
        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource MayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
