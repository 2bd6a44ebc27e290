using EventTriggers.Testing.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Testing;

/// <summary>Your registrations on a real server, with a clock that the test moves.</summary>
/// <remarks>
/// <para>The host replaces four things in your services: the connections, the <see cref="TimeProvider"/>, which is also the clock of Redis,
/// the key prefix of each bus, which is new for each host, and <see cref="RedisTriggersOptions.LeaseDuration"/>, so that moving the clock
/// takes no lease away. Everything else is as you registered it. The loop of each bus runs; hosted services do not.</para>
/// <para>All hosts of a process share one server and one connection, so a test takes milliseconds. The server ends with the process. From a
/// server of your own the host removes its keys when it is disposed.</para>
/// <para>Members are called by one thread at a time.</para>
/// </remarks>
/// <example>
/// <code>
/// await using var app = await EventTriggersTestHost.StartAsync(services => services.AddShop());
/// await app.PublishAsync(new OrderPlaced(7));
/// await app.AdvanceAsync(TimeSpan.FromMinutes(30));
/// await app.HandledAsync&lt;Reminder&gt;(reminder => reminder.Number == 7);
/// </code>
/// </example>
public sealed class EventTriggersTestHost : IAsyncDisposable
{
    private readonly RunningHost _host;

    private EventTriggersTestHost(RunningHost host)
    {
        _host = host;
    }

    /// <summary>Gets the clock. It moves only when the test moves it.</summary>
    /// <remarks>
    /// <see cref="AdvanceAsync"/> also handles what falls due on the way. Move the clock directly for a handler that waits for it.
    /// </remarks>
    public FakeTimeProvider Time => _host.Time;

    /// <summary>Gets the services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Gets the default bus.</summary>
    /// <exception cref="InvalidOperationException">Only keyed buses are registered; take them from <see cref="Services"/>.</exception>
    public IEventBus Bus => Services.GetRequiredService<IEventBus>();

    /// <summary>Gets the events of the default bus.</summary>
    /// <exception cref="InvalidOperationException">Only keyed buses are registered; take them from <see cref="Services"/>.</exception>
    public IEventStore Events => Services.GetRequiredService<IEventStore>();

    /// <summary>Gets the triggers of the default bus.</summary>
    /// <exception cref="InvalidOperationException">Only keyed buses are registered; take them from <see cref="Services"/>.</exception>
    public ITriggerStore Triggers => Services.GetRequiredService<ITriggerStore>();

    /// <summary>Starts a host. When it returns, its handlers wait for events and its declared triggers are stored.</summary>
    /// <param name="configure">Registers your services, among them at least one bus (<c>AddRedisTriggers</c>).</param>
    /// <param name="options">The server, the clock and the limit; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The running host.</returns>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// No bus is registered; no server could be found or started; or a handler or a declared trigger cannot work.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server cannot be used.</exception>
    /// <exception cref="EventTriggersTestException">The host was not ready within the limit.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public static async Task<EventTriggersTestHost> StartAsync(
        Action<IServiceCollection> configure, EventTriggersTestHostOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        options ??= new EventTriggersTestHostOptions();
        Check(options);
        var services = new ServiceCollection();
        configure(services);
        return new EventTriggersTestHost(await RunningHost.StartAsync(services, options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Publishes one event through the default bus.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload.</param>
    /// <param name="options">The id, delay, expiry, headers and more; <see langword="null"/> for the defaults.</param>
    /// <returns>The event's id, and whether the event was accepted.</returns>
    /// <exception cref="InvalidOperationException">Only keyed buses are registered.</exception>
    /// <exception cref="ArgumentException">The payload or an option is not allowed. All exceptions of
    /// <see cref="IEventBus.PublishAsync{TEvent}"/> are possible.</exception>
    public async Task<PublishResult> PublishAsync<TEvent>(TEvent payload, PublishOptions? options = null)
        where TEvent : notnull => await Bus.PublishAsync(payload, options).ConfigureAwait(false);

    /// <summary>
    /// Moves the clock forward. What is ready now is handled first; then the clock stops at each moment at which something falls due, in
    /// their order, and everything that is due then is handled before it goes on.
    /// </summary>
    /// <remarks>
    /// Delayed events, retries and triggers are due at moments; timers of your own that use <see cref="Time"/> end as the clock passes
    /// them. A trigger that fires every second fires 1800 times within 30 minutes.
    /// </remarks>
    /// <param name="by">How far; not negative.</param>
    /// <param name="cancellationToken">Stops on the way.</param>
    /// <returns>A task that completes when the clock is there and the host is idle.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    /// <exception cref="EventTriggersTestException">
    /// At one of the moments the host did not become idle within the limit, for example because a handler does not return.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        return _host.AdvanceToAsync(Time.GetUtcNow() + by, cancellationToken);
    }

    /// <summary>
    /// Waits until nothing is ready, leased or due. Events and triggers may wait for a later moment, and so may a batch that is not full:
    /// it begins when <see cref="AdvanceAsync"/> has passed its <see cref="BatchOptions.MaxWait"/>.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when the host is idle.</returns>
    /// <exception cref="EventTriggersTestException">The host did not become idle within the limit.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public Task IdleAsync(CancellationToken cancellationToken = default) => _host.WaitUntilIdleAsync(cancellationToken);

    /// <summary>Waits until a handler has handled an event, and its success is recorded.</summary>
    /// <remarks>
    /// Events that were handled earlier count, from the start of the host; so the same call twice returns the same payload. The clock
    /// stands still meanwhile: call <see cref="AdvanceAsync"/> first for what is due later.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type, as the handler was registered with it.</typeparam>
    /// <param name="match">Selects the event; <see langword="null"/> for the first one.</param>
    /// <param name="within">
    /// How long to wait, in real time; <see langword="null"/> for <see cref="EventTriggersTestHostOptions.Limit"/>.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The payload of the first event that matches.</returns>
    /// <exception cref="EventTriggersTestException">
    /// No such event was handled in time; the message lists what did happen. Or no handler is registered for the type.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public Task<TEvent> HandledAsync<TEvent>(
        Func<TEvent, bool>? match = null, TimeSpan? within = null, CancellationToken cancellationToken = default)
        where TEvent : notnull => _host.HandledAsync(match, within ?? _host.Limit, cancellationToken);

    /// <summary>
    /// Gets the payloads of the events that were handled so far, in the order in which they were; each event once, however many handlers
    /// it has. It waits for nothing: after <see cref="AdvanceAsync"/> or <see cref="IdleAsync"/>, nothing more will be handled.
    /// </summary>
    /// <typeparam name="TEvent">The payload's type, as the handler was registered with it.</typeparam>
    /// <returns>The payloads.</returns>
    public IReadOnlyList<TEvent> Handled<TEvent>()
        where TEvent : notnull => _host.Log.Handled<TEvent>();

    /// <summary>Describes what has happened, as in the message of a failure: for the output of a test.</summary>
    /// <param name="cancellationToken">Stops waiting for the answers of the server.</param>
    /// <returns>What was handled, what failed and why, and what waits for what; several lines.</returns>
    /// <exception cref="StoreUnavailableException">Redis did not answer.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public Task<string> DescribeAsync(CancellationToken cancellationToken = default) => _host.DescribeAsync(cancellationToken);

    /// <summary>
    /// Stops the host: running handlers are awaited as when a process stops, while the clock moves on. Then its services are disposed.
    /// </summary>
    /// <returns>A task that completes when everything has stopped.</returns>
    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static void Check(EventTriggersTestHostOptions options)
    {
        if (options is { Connection: not null, ConnectionString: not null })
        {
            throw new ArgumentException(
                $"{nameof(options.Connection)} and {nameof(options.ConnectionString)} exclude each other, but both are given.",
                nameof(options));
        }

        if (options.Limit <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Limit, $"{nameof(options.Limit)} must be positive, but is {options.Limit}.");
        }
    }
}
