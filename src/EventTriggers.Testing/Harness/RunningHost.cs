using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Testing.Harness;

/// <summary>A test host that runs: it waits, moves the clock, and stops.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    // Between two looks at the server.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // A loop whose timer was set while the clock moved does not know that something is due: it is woken after this time.
    private static readonly TimeSpan WakeAfter = TimeSpan.FromMilliseconds(10);

    // While the host stops, the clock moves on by a step each pause, so that its own limits end as well.
    private static readonly TimeSpan StopStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StopSoon = TimeSpan.FromSeconds(1);

    private readonly ServiceProvider _provider;
    private readonly TestServer _server;
    private readonly List<TestBus> _buses = [];

    private RunningHost(ServiceProvider provider, TestServer server, HandlerLog log, FakeTimeProvider time, TimeSpan limit)
    {
        (_provider, _server, Log, Time, Limit) = (provider, server, log, time, limit);
    }

    public FakeTimeProvider Time { get; }

    public HandlerLog Log { get; }

    public TimeSpan Limit { get; }

    public IServiceProvider Services => _provider;

    public IReadOnlyList<TestBus> Buses => _buses;

    private long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static async Task<RunningHost> StartAsync(
        ServiceCollection services, EventTriggersTestHostOptions options, CancellationToken cancellationToken)
    {
        var replacements = new TestServices(services);
        var time = options.Time ?? replacements.Clock ?? new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var log = new HandlerLog(time);
        var server = await SharedServers.GetAsync(options, cancellationToken).ConfigureAwait(false);
        replacements.Replace(server.Connection, time, log, $"test-{Guid.NewGuid():N}"[..17]);
        var host = new RunningHost(services.BuildServiceProvider(), server, log, time, options.Limit);
        try
        {
            await host.StartAsync(replacements.Buses, cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until nothing is ready, leased or due.</summary>
    /// <returns>When the next thing is due, in unix ms; <see langword="null"/> if nothing waits for a moment.</returns>
    public async Task<long?> WaitUntilIdleAsync(CancellationToken cancellationToken)
    {
        var limit = new RealTimeLimit(Limit);
        int? idleAt = null;
        var woken = TimeSpan.Zero;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var attempts = Log.Attempts.Count;
            var snapshots = new List<PartitionSnapshot>();
            foreach (var bus in _buses)
            {
                var partitions = await bus.ReadAsync().ConfigureAwait(false);
                snapshots.AddRange(partitions);
                if (partitions.Any(one => one.IsDue(NowMs)) && limit.Elapsed - woken >= WakeAfter)
                {
                    await bus.WakeAsync(partitions, NowMs).ConfigureAwait(false);
                    woken = limit.Elapsed;
                }
            }

            ThrowIfEnded();
            if (snapshots.TrueForAll(one => one.IsIdle(NowMs)))
            {
                // Partitions are read one after another: a second look, with nothing handled in between, shows that nothing moved.
                if (idleAt == attempts)
                {
                    return snapshots.Min(static one => one.NextDue);
                }

                idleAt = attempts;
                continue;
            }

            idleAt = null;
            if (limit.IsOver)
            {
                throw await FailureAsync($"The host was not idle within {Limit}.", cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Moves the clock to a moment, and stops at each moment on the way at which something is due.</summary>
    public async Task AdvanceToAsync(DateTimeOffset target, CancellationToken cancellationToken)
    {
        var targetMs = target.ToUnixTimeMilliseconds();
        while (await WaitUntilIdleAsync(cancellationToken).ConfigureAwait(false) is { } next && next <= targetMs)
        {
            Time.Advance(DateTimeOffset.FromUnixTimeMilliseconds(next) - Time.GetUtcNow());
        }

        // A timer that the test's own code set may have published something, or moved the clock.
        if (target > Time.GetUtcNow())
        {
            Time.Advance(target - Time.GetUtcNow());
            await WaitUntilIdleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until an event was handled, and its success is recorded.</summary>
    public async Task<TEvent> HandledAsync<TEvent>(Func<TEvent, bool>? match, TimeSpan within, CancellationToken cancellationToken)
        where TEvent : notnull
    {
        ThrowUnlessHandled(typeof(TEvent));
        var limit = new RealTimeLimit(within);
        while (true)
        {
            var changed = Log.Changed;
            if (Log.FirstSuccess(match) is { } found)
            {
                await WaitUntilRecordedAsync(found, limit, cancellationToken).ConfigureAwait(false);
                if (found.HasSucceeded)
                {
                    return ((EventContext<TEvent>)found.Context).Event;
                }

                // Its services failed to be disposed after it had returned, so a failure was recorded.
                continue;
            }

            ThrowIfEnded();
            if (limit.IsOver)
            {
                var what = $"No {(match is null ? string.Empty : "matching ")}{typeof(TEvent).Name} was handled within {within}.";
                throw await FailureAsync(what, cancellationToken).ConfigureAwait(false);
            }

            Task any = Task.WhenAny([changed, .. _buses.Select(static bus => bus.Running)]);
            await any.WaitAsync(limit.Left, TimeProvider.System, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => new HostReport(this).WriteAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var bus in _buses)
        {
            await bus.StopAsync().ConfigureAwait(false);
        }

        var stopped = Task.WhenAll(_buses.Select(static bus => bus.Running));
        await Task.WhenAny(stopped, Task.Delay(StopSoon, TimeProvider.System)).ConfigureAwait(false);
        while (!stopped.IsCompleted)
        {
            Time.Advance(StopStep);
            await Task.WhenAny(stopped, Task.Delay(StopPause, TimeProvider.System)).ConfigureAwait(false);
        }

        // What ended a loop was told to the call that waited for it, or to the start.
        await stopped.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var bus in _buses)
        {
            if (_server.OthersUseIt)
            {
                await _server.RemoveAsync(bus.Prefix, bus.Database).ConfigureAwait(false);
            }

            bus.Dispose();
        }

        await _provider.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartAsync(IReadOnlyList<string?> buses, CancellationToken cancellationToken)
    {
        _buses.AddRange(buses.Select(bus => new TestBus(_provider, bus)));
        var limit = new RealTimeLimit(Limit);
        foreach (var bus in _buses)
        {
            while (!await bus.IsReadyAsync().ConfigureAwait(false))
            {
                if (bus.Running.IsCompleted)
                {
                    // It throws what keeps the host from starting.
                    await bus.Running.ConfigureAwait(false);
                }

                if (limit.IsOver)
                {
                    throw new EventTriggersTestException($"The host did not wait for events within {Limit} of its start.");
                }

                await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition, RealTimeLimit limit, CancellationToken cancellationToken)
    {
        while (!limit.IsOver && !await condition().ConfigureAwait(false))
        {
            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    // The handler has returned; its success, and what it published, are recorded a moment later.
    private async Task WaitUntilRecordedAsync(ObservedAttempt attempt, RealTimeLimit limit, CancellationToken cancellationToken)
    {
        var (bus, context) = (_buses.First(bus => bus.Key == attempt.Bus), attempt.Context);
        await WaitUntilAsync(
            async () =>
            {
                var record = await bus.Events.FindAsync(context.Id, cancellationToken).ConfigureAwait(false);
                return record?.Deliveries.Any(
                    delivery => delivery.Group == context.Group && delivery.Status == DeliveryStatus.Leased) != true;
            },
            limit,
            cancellationToken).ConfigureAwait(false);
        if (limit.IsOver)
        {
            var what = $"Event '{context.Id}' was handled, but that was not recorded in time.";
            throw await FailureAsync(what, cancellationToken).ConfigureAwait(false);
        }
    }

    private void ThrowUnlessHandled(Type type)
    {
        Type[] handled = [.. _buses.SelectMany(static bus => bus.HandledTypes).Distinct()];
        if (!handled.Contains(type))
        {
            var others = handled.Length == 0
                ? "It has none." : $"It has handlers of {string.Join(", ", handled.Select(static one => one.Name))}.";
            throw new EventTriggersTestException($"No handler of {type} is registered, so the host handles none. {others}");
        }
    }

    private void ThrowIfEnded()
    {
        if (_buses.Find(static bus => bus.Running.IsCompleted) is { } bus)
        {
            throw new EventTriggersTestException("The host's loop has ended.", bus.Running.Exception?.InnerException);
        }
    }

    private async Task<EventTriggersTestException> FailureAsync(string what, CancellationToken cancellationToken) =>
        new($"{what}{Environment.NewLine}{await DescribeAsync(cancellationToken).ConfigureAwait(false)}");
}
