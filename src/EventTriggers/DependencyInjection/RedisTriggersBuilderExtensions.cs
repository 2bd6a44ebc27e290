using System.Diagnostics.CodeAnalysis;
using EventTriggers;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds event types, handlers and triggers.</summary>
public static class RedisTriggersBuilderExtensions
{
    /// <summary>Gives a payload type its wire name.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="name">1–200 characters of <c>A–Z a–z 0–9 . _ : / + -</c>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    /// <exception cref="InvalidOperationException">An earlier call gave the type another name, or the name to another type.</exception>
    public static IRedisTriggersBuilder AddEvent<TEvent>(this IRedisTriggersBuilder builder, string name)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        NameRules.ThrowIfInvalidType(name);
        foreach (var known in Registered<EventTypeRegistration>(builder))
        {
            if ((known.PayloadType == typeof(TEvent)) != (known.Name == name))
            {
                throw new InvalidOperationException(
                    $"{typeof(TEvent)} cannot be event '{name}': {known.PayloadType} is event '{known.Name}'. Types and names go together "
                    + "one to one.");
            }

            if (known.PayloadType == typeof(TEvent))
            {
                return builder;
            }
        }

        foreach (var other in Registered<HandlerRegistration>(builder).Where(
            static handler => handler.Type is null).Select(static handler => handler.PayloadType))
        {
            if (other != typeof(TEvent) && NameOf(builder, other) == name)
            {
                throw EventTypes.DuplicateName(name, other, typeof(TEvent));
            }
        }

        builder.Services.AddSingleton(new EventTypeRegistration(typeof(TEvent), name));
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
        CheckType<TEvent>(builder, type);
        if (Registered<HandlerRegistration>(builder).Any(known => known is ClassHandler<TEvent, THandler> && known.Type == type))
        {
            throw new InvalidOperationException(
                $"{typeof(THandler)} is already registered as a handler of {type ?? typeof(TEvent).ToString()}; register it once.");
        }

        builder.Services.TryAddScoped<THandler>();
        builder.Services.AddSingleton<HandlerRegistration>(new ClassHandler<TEvent, THandler>(type) { Options = OptionsOf(configure) });
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
        ArgumentNullException.ThrowIfNull(handle);
        CheckType<TEvent>(builder, type);
        builder.Services.AddSingleton<HandlerRegistration>(new DelegateHandler<TEvent>(handle, type) { Options = OptionsOf(configure) });
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

        if (Registered<DeclaredTrigger>(builder).Any(known => known.Trigger.Definition.Id == id))
        {
            throw new InvalidOperationException($"Trigger '{id}' is already declared; declare it once.");
        }

        builder.Services.AddSingleton(new DeclaredTrigger(trigger.WithId(id)));
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
        builder.Services.Replace(ServiceDescriptor.Singleton(static provider => new RedisClock(
            provider.GetRequiredService<TimeProvider>() is var time && time == TimeProvider.System ? null : time)));
        return builder;
    }

    private static HandlerOptions OptionsOf(Action<HandlerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new HandlerOptions();
        configure(options);
        return options.WhenLeaseIsInDoubt is { } doubt && !Enum.IsDefined(doubt)
            ? throw new ArgumentOutOfRangeException(
                nameof(configure), doubt,
                $"WhenLeaseIsInDoubt must be one of {string.Join(", ", Enum.GetNames<LeaseDoubt>())}, or null, but is {doubt}.")
            : options;
    }

    private static void CheckType<TEvent>(IRedisTriggersBuilder builder, string? type)
    {
        if (type is not null)
        {
            NameRules.ThrowIfInvalidType(type);
            return;
        }

        if (NameOf(builder, typeof(TEvent)) is not { } name)
        {
            return;
        }

        var others = Registered<HandlerRegistration>(builder).Where(static handler => handler.Type is null)
            .Select(static handler => handler.PayloadType)
            .Concat(Registered<EventTypeRegistration>(builder).Select(static known => known.PayloadType));
        if (others.FirstOrDefault(other => other != typeof(TEvent) && NameOf(builder, other) == name) is { } owner)
        {
            throw EventTypes.DuplicateName(name, owner, typeof(TEvent));
        }
    }

    // As far as it is known yet; what has no name of its own may be given one by a later call.
    private static string? NameOf(IRedisTriggersBuilder builder, Type payloadType)
    {
        if (Registered<EventTypeRegistration>(builder).FirstOrDefault(known => known.PayloadType == payloadType) is { } registered)
        {
            return registered.Name;
        }

        try
        {
            return EventTypes.DefaultName(payloadType);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<T> Registered<T>(IRedisTriggersBuilder builder)
        where T : class =>
        builder.Services.Where(static service => service.ServiceType == typeof(T)).Select(static service => service.ImplementationInstance)
            .OfType<T>();
}
