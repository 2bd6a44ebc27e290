using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using EventTriggers;
using EventTriggers.DependencyInjection;
using EventTriggers.Serialization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the event bus, the stores and the consumer loop on Redis.</summary>
public static class RedisTriggersServiceCollectionExtensions
{
    private const string Reflection =
        "Payloads are serialized through reflection. In trimmed or native programs give AddRedisTriggers a JsonSerializerContext.";

    /// <summary>Adds events and triggers on the application's <see cref="StackExchange.Redis.IConnectionMultiplexer"/>.</summary>
    /// <remarks>
    /// You may call it more than once: settings and payload metadata add up, and everything else is registered once. Two calls that name
    /// different prefixes or groups are refused when the settings are first used. A service that was registered before, for example an
    /// <see cref="IEventSerializer"/> or an <see cref="IRetryPolicy"/>, replaces the default. Settings that are out of range throw an
    /// <see cref="Microsoft.Extensions.Options.OptionsValidationException"/> when the first service is resolved.
    /// </remarks>
    /// <param name="services">The services to add to.</param>
    /// <param name="configure">Changes the settings; they are validated when the first service is resolved.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static IRedisTriggersBuilder AddRedisTriggers(
        this IServiceCollection services, Action<RedisTriggersOptions>? configure = null) =>
        services.AddRedisTriggers(new DefaultJsonTypeInfoResolver(), configure);

    /// <summary>
    /// Adds events and triggers whose payloads are described by source-generated metadata; for trimmed and native programs.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="payloads">
    /// A <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> that knows every payload type, or several combined. What its
    /// <see cref="System.Text.Json.Serialization.JsonSourceGenerationOptionsAttribute"/>, or the options that it was made with, say holds
    /// for all payloads; web defaults hold for the rest. Two contexts that say different things are refused with an
    /// <see cref="InvalidOperationException"/> when the first service is resolved.
    /// </param>
    /// <param name="configure">Changes the settings; they are validated when the first service is resolved.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    public static IRedisTriggersBuilder AddRedisTriggers(
        this IServiceCollection services, IJsonTypeInfoResolver payloads, Action<RedisTriggersOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(payloads);

        return Add(services, key: null, payloads, configure);
    }

    /// <summary>Adds one more bus: events and triggers under another prefix, or on another server.</summary>
    /// <remarks>
    /// Its <see cref="IEventBus"/>, <see cref="IEventStore"/>, <see cref="ITriggerStore"/> and <see cref="IConsumerLoop"/> are keyed
    /// services. Its connection is that of <c>UseConnection</c>; else the <see cref="StackExchange.Redis.IConnectionMultiplexer"/> with the
    /// same key; else the application's. It shares nothing with other buses: event types, handlers, groups and triggers are added to the
    /// builder that this method returns. Two buses with one prefix on one connection are refused with an
    /// <see cref="InvalidOperationException"/> when the second is first used.
    /// </remarks>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of its services, which also names its <see cref="RedisTriggersOptions"/>; not empty.</param>
    /// <param name="configure">Changes the settings; they are validated when the first service is resolved.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static IRedisTriggersBuilder AddKeyedRedisTriggers(
        this IServiceCollection services, string serviceKey, Action<RedisTriggersOptions>? configure = null) =>
        services.AddKeyedRedisTriggers(serviceKey, new DefaultJsonTypeInfoResolver(), configure);

    /// <summary>Adds one more bus, whose payloads are described by source-generated metadata; for trimmed and native programs.</summary>
    /// <remarks>As <see cref="AddKeyedRedisTriggers(IServiceCollection, string, Action{RedisTriggersOptions}?)"/>.</remarks>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of its services, which also names its <see cref="RedisTriggersOptions"/>; not empty.</param>
    /// <param name="payloads">
    /// A <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> that knows every payload type, or several combined.
    /// </param>
    /// <param name="configure">Changes the settings; they are validated when the first service is resolved.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public static IRedisTriggersBuilder AddKeyedRedisTriggers(
        this IServiceCollection services, string serviceKey, IJsonTypeInfoResolver payloads,
        Action<RedisTriggersOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        ArgumentNullException.ThrowIfNull(payloads);
        return Add(services, serviceKey, payloads, configure);
    }

    private static Builder Add(
        IServiceCollection services, string? key, IJsonTypeInfoResolver payloads, Action<RedisTriggersOptions>? configure)
    {
        var builder = new Builder(services, key);
        var name = key ?? Options.Options.DefaultName;

        // Before anything else configures the options: what groups say in code is replaced by all that follows.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<RedisTriggersOptions>, GroupDefaults>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisTriggersOptions>, RedisTriggersOptionsRules>());
        services.AddOptions<RedisTriggersOptions>(name).ValidateOnStart();
        if (configure is not null)
        {
            services.Configure<RedisTriggersOptions>(name, options => options.Configure(configure));
        }

        builder.Register(new PayloadMetadata(payloads));
        BusRegistrations.Add(services, key);
        return builder;
    }

    private sealed record Builder(IServiceCollection Services, string? ServiceKey) : IRedisTriggersBuilder;
}
