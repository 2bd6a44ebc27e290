using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using EventTriggers;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.DependencyInjection;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Publishing;
using EventTriggers.Redis.Stores;
using EventTriggers.Serialization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

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

        services.AddOptions<RedisTriggersOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisTriggersOptions>, RedisTriggersOptionsRules>());
        if (configure is not null)
        {
            services.Configure<RedisTriggersOptions>(options => options.Configure(configure));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new PayloadMetadata(payloads));
        services.TryAddSingleton<IEventSerializer, JsonEventSerializer>();
        services.TryAddSingleton<IRetryPolicy, ExponentialRetryPolicy>();
        services.TryAddSingleton<EventTypes>();
        services.TryAddSingleton<OutgoingEvents>();
        services.TryAddSingleton(new RedisClock(Pinned: null));
        services.TryAddSingleton(static provider => new Keyspace(
            provider.GetService<IConnectionMultiplexer>() ?? throw NoConnection(),
            provider.GetRequiredService<IOptions<RedisTriggersOptions>>(),
            provider.GetRequiredService<RedisClock>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<Keyspace>>()));
        services.TryAddSingleton<HandlerTable>();
        services.TryAddSingleton<SessionServices>();
        services.TryAddSingleton<IEventBus, RedisEventBus>();
        services.TryAddSingleton<IEventStore, RedisEventStore>();
        services.TryAddSingleton<SubscriptionWriter>();
        services.TryAddSingleton<TriggerWriter>();
        services.TryAddSingleton<ITriggerStore, RedisTriggerStore>();
        services.TryAddSingleton<IConsumerLoop, ConsumerLoop>();
        return new Builder(services);
    }

    private static InvalidOperationException NoConnection() => new(
        $"No {nameof(IConnectionMultiplexer)} is registered, and AddRedisTriggers uses the application's. Register one: "
        + "services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(\"localhost:6379\")).");

    private sealed record Builder(IServiceCollection Services) : IRedisTriggersBuilder;
}
