using System.Diagnostics.CodeAnalysis;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EventTriggers.DependencyInjection;

/// <summary>Registers handlers and event types of a bus, and refuses what contradicts an earlier registration.</summary>
internal static class HandlerRegistrations
{
    /// <param name="builder">The bus.</param>
    /// <param name="payloadType">The type.</param>
    /// <param name="name">Its wire name.</param>
    /// <param name="key">What gives its events their keys; <see langword="null"/> for nothing, or what an earlier call has given.</param>
    public static void AddEvent(IRedisTriggersBuilder builder, Type payloadType, string name, DefaultKey? key)
    {
        var isKnown = false;
        NameRules.ThrowIfInvalidType(name);
        OldNameRegistrations.ThrowIfOldNameOfAnother(builder, payloadType, name);
        foreach (var known in builder.Registered<EventTypeRegistration>())
        {
            if ((known.PayloadType == payloadType) != (known.Name == name))
            {
                throw new InvalidOperationException(
                    $"{payloadType} cannot be event '{name}': {known.PayloadType} is event '{known.Name}'. Types and names go together "
                    + "one to one.");
            }

            if (known.PayloadType == payloadType)
            {
                ThrowIfOtherKey(known, key);
                isKnown |= key is null || known.Key is not null;
            }
        }

        if (isKnown)
        {
            return;
        }

        foreach (var other in builder.Registered<HandlerRegistration>().Where(
            static handler => handler.Type is null).Select(static handler => handler.PayloadType))
        {
            if (other != payloadType && NameOf(builder, other) == name)
            {
                throw EventTypes.DuplicateName(name, other, payloadType);
            }
        }

        builder.Register(new EventTypeRegistration(payloadType, name, key));
    }

    /// <param name="builder">The bus.</param>
    /// <param name="group">The group; <see langword="null"/> for the default one.</param>
    /// <param name="configure">Sets the handler's options.</param>
    /// <param name="type">The wire name; <see langword="null"/> for that of the payload type.</param>
    public static void AddClass<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        IRedisTriggersBuilder builder, string? group, Action<HandlerOptions>? configure, string? type)
        where TEvent : notnull
        where THandler : class, IEventHandler<TEvent>
    {
        CheckType<TEvent>(builder, type);
        ThrowIfInBatches<TEvent>(builder, group, type);
        if (builder.Registered<HandlerRegistration>().Any(
            known => known is ClassHandler<TEvent, THandler> && known.Type == type && known.Group == group))
        {
            throw new InvalidOperationException(
                $"{typeof(THandler)} is already registered as a handler of {type ?? typeof(TEvent).ToString()}"
                + $"{(group is null ? string.Empty : $" in group '{group}'")}; register it once.");
        }

        builder.Services.TryAddScoped<THandler>();
        builder.Register<HandlerRegistration>(new ClassHandler<TEvent, THandler>(type) { Group = group, Options = OptionsOf(configure) });
    }

    /// <param name="builder">The bus.</param>
    /// <param name="group">The group; <see langword="null"/> for the default one.</param>
    /// <param name="handle">The handler.</param>
    /// <param name="configure">Sets the handler's options.</param>
    /// <param name="type">The wire name; <see langword="null"/> for that of the payload type.</param>
    public static void AddDelegate<TEvent>(
        IRedisTriggersBuilder builder, string? group, Func<EventContext<TEvent>, CancellationToken, ValueTask> handle,
        Action<HandlerOptions>? configure, string? type)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(handle);
        CheckType<TEvent>(builder, type);
        ThrowIfInBatches<TEvent>(builder, group, type);
        builder.Register<HandlerRegistration>(new DelegateHandler<TEvent>(handle, type) { Group = group, Options = OptionsOf(configure) });
    }

    /// <param name="builder">The bus.</param>
    /// <param name="group">The group; <see langword="null"/> for the default one.</param>
    /// <param name="configure">Sets when its batches begin.</param>
    /// <param name="type">The wire name; <see langword="null"/> for that of the payload type.</param>
    public static void AddBatchClass<
        TEvent, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        IRedisTriggersBuilder builder, string? group, Action<BatchOptions>? configure, string? type)
        where TEvent : notnull
        where THandler : class, IBatchHandler<TEvent>
    {
        CheckType<TEvent>(builder, type);
        ThrowIfHandled<TEvent>(builder, group, type, typeof(THandler).ToString());
        var limits = LimitsOf(configure);
        builder.Services.TryAddScoped<THandler>();
        builder.Register<HandlerRegistration>(new ClassBatchHandler<TEvent, THandler>(type, limits) { Group = group });
    }

    /// <param name="builder">The bus.</param>
    /// <param name="group">The group; <see langword="null"/> for the default one.</param>
    /// <param name="handle">The handler.</param>
    /// <param name="configure">Sets when its batches begin.</param>
    /// <param name="type">The wire name; <see langword="null"/> for that of the payload type.</param>
    public static void AddBatchDelegate<TEvent>(
        IRedisTriggersBuilder builder, string? group, Func<EventBatch<TEvent>, CancellationToken, ValueTask> handle,
        Action<BatchOptions>? configure, string? type)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(handle);
        CheckType<TEvent>(builder, type);
        ThrowIfHandled<TEvent>(builder, group, type, "a delegate");
        builder.Register<HandlerRegistration>(new DelegateBatchHandler<TEvent>(handle, type, LimitsOf(configure)) { Group = group });
    }

    /// <summary>Registers something of the bus.</summary>
    public static void Register<T>(this IRedisTriggersBuilder builder, T instance)
        where T : class
    {
        if (builder.ServiceKey is null)
        {
            builder.Services.AddSingleton(instance);
        }
        else
        {
            builder.Services.AddKeyedSingleton(builder.ServiceKey, instance);
        }
    }

    /// <summary>Gets what has been registered of the bus.</summary>
    public static IEnumerable<T> Registered<T>(this IRedisTriggersBuilder builder)
        where T : class =>
        builder.Services
            .Where(service => service.ServiceType == typeof(T) && Equals(service.ServiceKey, builder.ServiceKey))
            .Select(static service => service.IsKeyedService ? service.KeyedImplementationInstance : service.ImplementationInstance)
            .OfType<T>();

    private static void ThrowIfOtherKey(EventTypeRegistration known, DefaultKey? key)
    {
        if (key is not null && known.Key is { } other && other != key)
        {
            throw new InvalidOperationException(
                $"Event '{known.Name}' of {known.PayloadType} has a key already; give AddEvent one function for the keys of a type.");
        }
    }

    private static HandlerOptions OptionsOf(Action<HandlerOptions>? configure)
    {
        var options = new HandlerOptions();
        configure?.Invoke(options);
        HandlerOptionsRules.ThrowIfInvalid(options, nameof(configure));
        return options;
    }

    private static BatchOptions LimitsOf(Action<BatchOptions>? configure)
    {
        var options = new BatchOptions();
        configure?.Invoke(options);
        BatchOptionsRules.ThrowIfInvalid(options, nameof(configure));
        return options;
    }

    // Types that share events in another way, by their names, are found when the names are known.
    private static HandlerRegistration? FindHandler<TEvent>(
        IRedisTriggersBuilder builder, string? group, string? type, Func<HandlerRegistration, bool> kind) =>
        builder.Registered<HandlerRegistration>().FirstOrDefault(
            known => known.PayloadType == typeof(TEvent) && known.Type == type && known.Group == group && kind(known));

    private static void ThrowIfInBatches<TEvent>(IRedisTriggersBuilder builder, string? group, string? type)
    {
        if (FindHandler<TEvent>(builder, group, type, static known => known is IBatchRegistration) is { } batches)
        {
            throw new InvalidOperationException(
                $"Events of {type ?? typeof(TEvent).ToString()} have the batch handler {batches.Name ?? "a delegate"} {In(group)}, so "
                + "they have no other handler there. Add one of them to a group of its own.");
        }
    }

    private static void ThrowIfHandled<TEvent>(IRedisTriggersBuilder builder, string? group, string? type, string handler)
    {
        if (FindHandler<TEvent>(builder, group, type, static _ => true) is { } other)
        {
            throw new InvalidOperationException(
                $"Events of {type ?? typeof(TEvent).ToString()} have the {(other is IBatchRegistration ? "batch " : string.Empty)}handler "
                + $"{other.Name ?? "a delegate"} {In(group)}, so {handler} cannot be their batch handler: a type has either one batch "
                + "handler or others in a group. Add one of them to a group of its own.");
        }
    }

    private static string In(string? group) => group is null ? "in the default group" : $"in group '{group}'";

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

        OldNameRegistrations.ThrowIfOldNameOfAnother(builder, typeof(TEvent), name);
        var others = builder.Registered<HandlerRegistration>().Where(static handler => handler.Type is null)
            .Select(static handler => handler.PayloadType)
            .Concat(builder.Registered<EventTypeRegistration>().Select(static known => known.PayloadType));
        if (others.FirstOrDefault(other => other != typeof(TEvent) && NameOf(builder, other) == name) is { } owner)
        {
            throw EventTypes.DuplicateName(name, owner, typeof(TEvent));
        }
    }

    /// <summary>
    /// Gets the wire name of a type, as far as it is known yet; what has no name of its own may be given one by a later call.
    /// </summary>
    public static string? NameOf(IRedisTriggersBuilder builder, Type payloadType)
    {
        if (builder.Registered<EventTypeRegistration>().FirstOrDefault(known => known.PayloadType == payloadType) is { } registered)
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
}
