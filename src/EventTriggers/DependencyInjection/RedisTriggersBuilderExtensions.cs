using System.Diagnostics.CodeAnalysis;
using EventTriggers;
using EventTriggers.DependencyInjection;
using EventTriggers.DependencyInjection.Deferred;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackExchange.Redis;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds event types, handlers and triggers.</summary>
public static class RedisTriggersBuilderExtensions
{
    /// <summary>Gives a payload type its wire name.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name: 1–200 characters of <c>A–Z a–z 0–9 . _ : / + -</c>. Events are published with it.</param>
    /// <param name="alsoKnownAs">
    /// Other wire names, at most 16, that events with such payloads have or had, for example the full name of a class that was renamed. The
    /// type's handlers get these events, too, and triggers that wait for the type wait for them. For events whose payloads are different,
    /// see <c>Upcast</c>. The default is none.
    /// </param>
    /// <param name="key">
    /// Finds the key of an event in its payload, for events and follow-ups whose options name none (<see cref="PublishOptions.Key"/>).
    /// <see langword="null"/>, and a function that returns <see langword="null"/>, mean no key. If the function throws or returns what is
    /// not a key, the publish throws an <see cref="ArgumentException"/>. It is not called for payloads that are published as JSON, nor for
    /// events that triggers raise. The default is none.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">A name is not allowed, or <paramref name="alsoKnownAs"/> has the type's own.</exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier call gave the type another name or another function for its keys, or one of the names to another type or an upcaster.
    /// </exception>
    public static IRedisTriggersBuilder AddEvent<TEvent>(
        this IRedisTriggersBuilder builder, string name, IReadOnlyCollection<string>? alsoKnownAs = null, Func<TEvent, string?>? key = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        HandlerRegistrations.AddEvent(builder, typeof(TEvent), name, key is null ? null : new DefaultKey.Typed<TEvent>(key));
        OldNameRegistrations.AddAliases(builder, typeof(TEvent), name, alsoKnownAs ?? []);
        return builder;
    }

    /// <summary>
    /// Adds a handler class. It is resolved from its own scope for each event; if it is not registered, it is added as scoped.
    /// </summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <typeparam name="THandler">The handler's class; its full name identifies it where its successes are recorded.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The class already handles these events, or another payload type has this wire name.
    /// </exception>
    public static IRedisTriggersBuilder AddHandler<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IRedisTriggersBuilder builder, string? type = null)
        where TEvent : notnull
        where THandler : class, IEventHandler<TEvent> =>
        AddHandler<TEvent, THandler>(builder, static _ => { }, type);

    /// <summary>Adds a handler class with its own options.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <typeparam name="THandler">The handler's class; its full name identifies it where its successes are recorded.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options of this handler.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name, or a setting, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The class already handles these events, or another payload type has this wire name.
    /// </exception>
    public static IRedisTriggersBuilder AddHandler<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this IRedisTriggersBuilder builder, Action<HandlerOptions> configure, string? type = null)
        where TEvent : notnull
        where THandler : class, IEventHandler<TEvent>
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        HandlerRegistrations.AddClass<TEvent, THandler>(builder, group: null, configure, type);
        return builder;
    }

    /// <summary>Adds a handler delegate.</summary>
    /// <remarks>
    /// The delegates of one event type are identified by the order in which they are added: keep that order between versions of your
    /// program.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="handle">The handler. Services of its own scope are in <see cref="EventContext.Services"/>.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">Another payload type has this wire name.</exception>
    public static IRedisTriggersBuilder AddHandler<TEvent>(
        this IRedisTriggersBuilder builder, Func<EventContext<TEvent>, CancellationToken, ValueTask> handle, string? type = null)
        where TEvent : notnull =>
        AddHandler(builder, handle, static _ => { }, type);

    /// <summary>Adds a handler delegate with its own options.</summary>
    /// <remarks>
    /// The delegates of one event type are identified by the order in which they are added: keep that order between versions of your
    /// program.
    /// </remarks>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="handle">The handler. Services of its own scope are in <see cref="EventContext.Services"/>.</param>
    /// <param name="configure">Sets the options of this handler.</param>
    /// <param name="type">The wire name to handle; <see langword="null"/> for the payload type's own.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The wire name, or a setting, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">Another payload type has this wire name.</exception>
    public static IRedisTriggersBuilder AddHandler<TEvent>(
        this IRedisTriggersBuilder builder, Func<EventContext<TEvent>, CancellationToken, ValueTask> handle,
        Action<HandlerOptions> configure, string? type = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        HandlerRegistrations.AddDelegate(builder, group: null, handle, configure, type);
        return builder;
    }

    /// <summary>Adds a group of consumers with handlers of its own: it gets each event of the types that it handles, beside the default
    /// group and the other groups. A group that is full, slow or failing takes nothing from another.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The group's name: 1–100 characters of <c>A–Z a–z 0–9 . _ -</c>.</param>
    /// <param name="build">Sets up the group and adds its handlers.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The name, or a setting of a handler, is not allowed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The group has no handlers, or an earlier call added a group of this name; names that differ only in case count as the same.
    /// </exception>
    public static IRedisTriggersBuilder AddGroup(this IRedisTriggersBuilder builder, string name, Action<GroupBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(build);
        NameRules.ThrowIfInvalidGroup(name);
        if (builder.Registered<GroupRegistration>().FirstOrDefault(
            known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new InvalidOperationException($"Group '{other.Name}' is already added; add all of its handlers in one call of AddGroup.");
        }

        var group = new GroupBuilder(builder, name);
        build(group);
        if (!group.HasHandlers)
        {
            throw new InvalidOperationException(
                $"Group '{name}' has no handlers; add at least one with AddHandler or AddBatchHandler, or leave the group out.");
        }

        builder.Register(new GroupRegistration(name, group.Options, group.RetryPolicy));
        return builder;
    }

    /// <summary>
    /// Sets the connection that the bus uses. Without this call, it is the application's
    /// <see cref="StackExchange.Redis.IConnectionMultiplexer"/>; for a keyed bus the one with the bus's key, if there is one.
    /// </summary>
    /// <remarks>The connection is made when the bus is first used. EventTriggers does not dispose it: take it from the services, which do.
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="connection">Gets the connection from the host's services.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">An earlier call set the connection.</exception>
    public static IRedisTriggersBuilder UseConnection(
        this IRedisTriggersBuilder builder, Func<IServiceProvider, IConnectionMultiplexer> connection)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        ThrowIfConnected(builder);
        builder.Register(new BusConnection(connection));
        return builder;
    }

    /// <summary>Sets the connection that the bus uses, where making it takes a wait.</summary>
    /// <remarks>
    /// The connection is made when the bus is first used, and calls wait for it, at most for
    /// <see cref="RedisTriggersOptions.OperationTimeout"/>: then, or if it cannot be made, they throw a
    /// <see cref="StoreUnavailableException"/>, and the next call tries again. The consumer loop waits for as long as it takes.
    /// EventTriggers does not dispose the connection.
    /// </remarks>
    /// <typeparam name="TConnection">The connection's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="connection">Makes the connection; an attempt that fails is made again.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">An earlier call set the connection.</exception>
    public static IRedisTriggersBuilder UseConnectionAsync<TConnection>(
        this IRedisTriggersBuilder builder, Func<IServiceProvider, Task<TConnection>> connection)
        where TConnection : IConnectionMultiplexer
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(connection);
        ThrowIfConnected(builder);
        var key = builder.ServiceKey;
        DeferredConnection Make(IServiceProvider provider) => new(
            new BusProvider(provider, key), async services => await connection(services).ConfigureAwait(false));

        builder.Services.Add(key is null
            ? ServiceDescriptor.Singleton(Make)
            : ServiceDescriptor.KeyedSingleton(key, (provider, _) => Make(provider)));
        return builder;
    }

    /// <summary>
    /// Declares a trigger. When the consumer loop starts, the trigger is added, or updated if its definition has changed, as by
    /// <see cref="ITriggerStore.UpdateAsync"/>.
    /// </summary>
    /// <remarks>
    /// <para>However many processes declare it, there is one trigger. An unchanged trigger is left as it is, even if it is paused, canceled
    /// or completed. If processes declare it differently, as during a deployment, the process that started last wins; no occurrence fires
    /// twice.</para>
    /// <para>
    /// A trigger stays stored when its declaration is removed from the program: cancel it. A process that does not run an
    /// <see cref="IConsumerLoop"/> neither checks nor stores its declarations.
    /// </para>
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="id">1–150 characters of <c>A–Z a–z 0–9 . _ : / -</c>.</param>
    /// <param name="trigger">The trigger.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The id is not allowed, or the trigger has another id.</exception>
    /// <exception cref="InvalidOperationException">
    /// An earlier call declared a trigger with this id; or the trigger is relative to the moment at which it is added, as
    /// <see cref="Trigger.After"/> is.
    /// </exception>
    public static IRedisTriggersBuilder AddTrigger(this IRedisTriggersBuilder builder, string id, Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(trigger);
        if (trigger.Definition.Id is { } other && other != id)
        {
            throw new ArgumentException($"The trigger has the id '{other}', but is declared as '{id}'; leave WithId out.", nameof(trigger));
        }

        if (trigger.Definition.Delay is not null)
        {
            throw new InvalidOperationException(
                $"Trigger '{id}' is relative to the moment at which it is added, and each start of a process would be one; declare At, "
                + "Every, Cron or On.");
        }

        if (builder.Registered<DeclaredTrigger>().Any(known => known.Trigger.Definition.Id == id))
        {
            throw new InvalidOperationException($"Trigger '{id}' is already declared; declare it once.");
        }

        builder.Register(new DeclaredTrigger(trigger.WithId(id)));
        return builder;
    }

    /// <summary>Replaces the clock of Redis by the registered <see cref="TimeProvider"/>; for tests only. Due times, expiry and all
    /// recorded moments then follow it, because this process sends its time with every script.</summary>
    /// <remarks>Without this call, the clock of Redis decides, whatever <see cref="TimeProvider"/> is registered.</remarks>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static IRedisTriggersBuilder UseTimeProviderAsRedisClock(this IRedisTriggersBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        static RedisClock Pin(IServiceProvider provider) => new(
            provider.GetRequiredService<TimeProvider>() is var time && time == TimeProvider.System ? null : time);

        builder.Services.Replace(builder.ServiceKey is null
            ? ServiceDescriptor.Singleton(Pin)
            : ServiceDescriptor.KeyedSingleton(builder.ServiceKey, static (provider, _) => Pin(provider)));
        return builder;
    }

    private static void ThrowIfConnected(IRedisTriggersBuilder builder)
    {
        if (builder.Services.Any(service => Equals(service.ServiceKey, builder.ServiceKey)
            && (service.ServiceType == typeof(BusConnection) || service.ServiceType == typeof(DeferredConnection))))
        {
            throw new InvalidOperationException(
                "The bus's connection is already set; set it once, with UseConnection or UseConnectionAsync.");
        }
    }
}
