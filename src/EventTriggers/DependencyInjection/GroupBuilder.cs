using System.Diagnostics.CodeAnalysis;

namespace EventTriggers;

/// <summary>
/// Sets up one group of this host. <see cref="RedisTriggersOptions.Groups"/> replaces the settings, for example from configuration.
/// </summary>
public sealed class GroupBuilder
{
    private readonly IRedisTriggersBuilder _builder;

    internal GroupBuilder(IRedisTriggersBuilder builder, string name) => (_builder, Name) = (builder, name);

    /// <summary>Gets the group's name.</summary>
    public string Name { get; }

    /// <inheritdoc cref="GroupOptions.Concurrency"/>
    public int? Concurrency
    {
        get => Options.Concurrency;
        set => Options.Concurrency = value;
    }

    /// <inheritdoc cref="GroupOptions.MaxAttempts"/>
    public int? MaxAttempts
    {
        get => Options.MaxAttempts;
        set => Options.MaxAttempts = value;
    }

    /// <inheritdoc cref="GroupOptions.MaxCrashes"/>
    public int? MaxCrashes
    {
        get => Options.MaxCrashes;
        set => Options.MaxCrashes = value;
    }

    /// <inheritdoc cref="GroupOptions.RetryDelay"/>
    public TimeSpan? RetryDelay
    {
        get => Options.RetryDelay;
        set => Options.RetryDelay = value;
    }

    /// <inheritdoc cref="GroupOptions.MaxRetryDelay"/>
    public TimeSpan? MaxRetryDelay
    {
        get => Options.MaxRetryDelay;
        set => Options.MaxRetryDelay = value;
    }

    /// <inheritdoc cref="GroupOptions.HandlerTimeout"/>
    public TimeSpan? HandlerTimeout
    {
        get => Options.HandlerTimeout;
        set => Options.HandlerTimeout = value;
    }

    /// <inheritdoc cref="GroupOptions.UnhandledTimeout"/>
    public TimeSpan? UnhandledTimeout
    {
        get => Options.UnhandledTimeout;
        set => Options.UnhandledTimeout = value;
    }

    /// <inheritdoc cref="GroupOptions.DrainTimeout"/>
    public TimeSpan? DrainTimeout
    {
        get => Options.DrainTimeout;
        set => Options.DrainTimeout = value;
    }

    /// <inheritdoc cref="GroupOptions.WhenLeaseIsInDoubt"/>
    public LeaseDoubt? WhenLeaseIsInDoubt
    {
        get => Options.WhenLeaseIsInDoubt;
        set => Options.WhenLeaseIsInDoubt = value;
    }

    /// <inheritdoc cref="GroupOptions.ConcurrencyPerKey"/>
    public int? ConcurrencyPerKey
    {
        get => Options.ConcurrencyPerKey;
        set => Options.ConcurrencyPerKey = value;
    }

    /// <inheritdoc cref="GroupOptions.OnDead"/>
    public DeadLetters? OnDead
    {
        get => Options.OnDead;
        set => Options.OnDead = value;
    }

    /// <inheritdoc cref="GroupOptions.Limits"/>
    public IDictionary<string, LimitOptions> Limits => Options.Limits;

    /// <inheritdoc cref="GroupOptions.MaxBacklogPerKey"/>
    public int? MaxBacklogPerKey
    {
        get => Options.MaxBacklogPerKey;
        set => Options.MaxBacklogPerKey = value;
    }

    /// <summary>Gets or sets the retry policy of the group's handlers.</summary>
    /// <value>The default is <see langword="null"/>: the host's policy applies, or the default one with the group's settings.</value>
    public IRetryPolicy? RetryPolicy { get; set; }

    internal GroupOptions Options { get; } = new();

    internal bool HasHandlers { get; private set; }

    /// <summary>
    /// Handles the events of one key one at a time, in the order in which they became ready, across all processes of the group. Different
    /// keys are handled side by side; events without a key are not ordered.
    /// </summary>
    /// <remarks>A delivery keeps its turn until it has ended: through its retries, and if its consumer crashes.</remarks>
    /// <param name="onDead">What happens to the events behind a dead letter.</param>
    /// <returns>The group.</returns>
    public GroupBuilder InOrder(DeadLetters onDead = DeadLetters.PassBy)
    {
        (Options.ConcurrencyPerKey, Options.OnDead) = (1, onDead);
        return this;
    }

    /// <summary>
    /// Handles at most so many events of one key at a time, across all processes of the group, in any order. A delivery that failed gives
    /// its place to another one until its next attempt.
    /// </summary>
    /// <param name="concurrency">1–100.</param>
    /// <returns>The group.</returns>
    public GroupBuilder PerKey(int concurrency)
    {
        Options.ConcurrencyPerKey = concurrency;
        return this;
    }

    /// <summary>
    /// Limits how many deliveries of this group begin in a span of time, across all its processes. What must wait stays ready, in order.
    /// </summary>
    /// <remarks>Retries count. The limit is kept by the clock of Redis, and never exceeded by more than the burst.</remarks>
    /// <param name="count">How many may begin in each <paramref name="per"/>; 1–1000000.</param>
    /// <param name="per">The span of time; 1 millisecond to 30 days.</param>
    /// <param name="burst">How many may begin at once after a pause; 1–10000. <see langword="null"/> for a tenth of
    /// <paramref name="count"/>, at least 1.</param>
    /// <returns>The group.</returns>
    public GroupBuilder Limit(int count, TimeSpan per, int? burst = null) => Limit(LimitOptions.OwnName, count, per, burst);

    /// <summary>
    /// Limits how many deliveries of one key begin in a span of time, across all processes of the group. A key that must wait holds up no
    /// other; deliveries without a key are not limited by it.
    /// </summary>
    /// <remarks>
    /// Retries count. The limit is kept by the clock of Redis, and never exceeded by more than the burst. It can be combined with
    /// <see cref="InOrder"/>, <see cref="PerKey"/> and <see cref="Limit(int, TimeSpan, int?)"/>.
    /// </remarks>
    /// <param name="count">How many of a key may begin in each <paramref name="per"/>; 1–1000000.</param>
    /// <param name="per">The span of time; 1 millisecond to 30 days.</param>
    /// <param name="burst">How many of a key may begin at once after a pause; 1–10000. <see langword="null"/> for a tenth of
    /// <paramref name="count"/>, at least 1.</param>
    /// <returns>The group.</returns>
    public GroupBuilder LimitPerKey(int count, TimeSpan per, int? burst = null)
    {
        Options.LimitPerKey = new LimitOptions { Count = count, Per = per, Burst = burst };
        return this;
    }

    /// <summary>
    /// Limits how many deliveries begin in a span of time, across all groups and processes that name the same limit. A group can have
    /// several limits: all of them must allow a delivery.
    /// </summary>
    /// <remarks>Retries count. The limit is kept by the clock of Redis, and never exceeded by more than the burst.</remarks>
    /// <param name="name">The limit's name; 1–100 characters of A–Z a–z 0–9 . _ -</param>
    /// <param name="count">How many may begin in each <paramref name="per"/>; 1–1000000.</param>
    /// <param name="per">The span of time; 1 millisecond to 30 days.</param>
    /// <param name="burst">How many may begin at once after a pause; 1–10000. <see langword="null"/> for a tenth of
    /// <paramref name="count"/>, at least 1.</param>
    /// <returns>The group.</returns>
    public GroupBuilder Limit(string name, int count, TimeSpan per, int? burst = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        Options.Limits[name] = new LimitOptions { Count = count, Per = per, Burst = burst };
        return this;
    }

    /// <summary>
    /// Adds a handler class. It is resolved from its own scope for each event; if it is not registered, it is added as scoped.
    /// </summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <typeparam name="THandler">The handler's class; its full name identifies it where its successes are recorded.</typeparam>
    /// <param name="configure">Sets the options of this handler; <see langword="null"/> for none.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ArgumentException">The wire name, or a setting, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The class already handles these events in this group, or another payload type has this wire name.
    /// </exception>
    public GroupBuilder AddHandler<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        Action<HandlerOptions>? configure = null, string? type = null)
        where TEvent : notnull
        where THandler : class, IEventHandler<TEvent>
    {
        DependencyInjection.HandlerRegistrations.AddClass<TEvent, THandler>(_builder, Name, configure, type);
        HasHandlers = true;
        return this;
    }

    /// <summary>Adds a handler delegate.</summary>
    /// <remarks>
    /// The delegates of one event type are identified by the order in which they are added: keep that order between versions of your
    /// program.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="handle">The handler. Services of its own scope are in <see cref="EventContext.Services"/>.</param>
    /// <param name="configure">Sets the options of this handler; <see langword="null"/> for none.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ArgumentException">The wire name, or a setting, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">Another payload type has this wire name.</exception>
    public GroupBuilder AddHandler<TEvent>(
        Func<EventContext<TEvent>, CancellationToken, ValueTask> handle, Action<HandlerOptions>? configure = null, string? type = null)
        where TEvent : notnull
    {
        DependencyInjection.HandlerRegistrations.AddDelegate(_builder, Name, handle, configure, type);
        HasHandlers = true;
        return this;
    }

    /// <summary>
    /// Adds a batch handler class: it handles several events in one call. It is resolved from its own scope for each batch; if it is not
    /// registered, it is added as scoped.
    /// </summary>
    /// <remarks>
    /// In a group a type has either one batch handler or handlers of single events. A batch takes one worker of
    /// <see cref="GroupOptions.Concurrency"/> while it is handled, and none while it is gathered. Middleware does not run around batch
    /// handlers.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <typeparam name="THandler">The handler's class.</typeparam>
    /// <param name="configure">Sets when a batch begins; <see langword="null"/> for the defaults.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ArgumentException">The wire name, or an option, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// These events have a handler in this group already, or another payload type has this wire name.
    /// </exception>
    public GroupBuilder AddBatchHandler<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        Action<BatchOptions>? configure = null, string? type = null)
        where TEvent : notnull
        where THandler : class, IBatchHandler<TEvent>
    {
        DependencyInjection.HandlerRegistrations.AddBatchClass<TEvent, THandler>(_builder, Name, configure, type);
        HasHandlers = true;
        return this;
    }

    /// <summary>
    /// Adds a batch handler delegate: it handles several events in one call. Services of the batch's own scope are in
    /// <see cref="EventBatch{TEvent}.Services"/>.
    /// </summary>
    /// <remarks>
    /// In a group a type has either one batch handler or handlers of single events. A batch takes one worker of
    /// <see cref="GroupOptions.Concurrency"/> while it is handled, and none while it is gathered. Middleware does not run around batch
    /// handlers.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="handle">The handler.</param>
    /// <param name="configure">Sets when a batch begins; <see langword="null"/> for the defaults.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The group.</returns>
    /// <exception cref="ArgumentException">The wire name, or an option, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// These events have a handler in this group already, or another payload type has this wire name.
    /// </exception>
    public GroupBuilder AddBatchHandler<TEvent>(
        Func<EventBatch<TEvent>, CancellationToken, ValueTask> handle, Action<BatchOptions>? configure = null, string? type = null)
        where TEvent : notnull
    {
        DependencyInjection.HandlerRegistrations.AddBatchDelegate(_builder, Name, handle, configure, type);
        HasHandlers = true;
        return this;
    }
}
