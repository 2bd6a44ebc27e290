using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using EventTriggers;
using EventTriggers.Hosting.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers buses whose settings are in the configuration.</summary>
public static class RedisTriggersConfigurationExtensions
{
    private const string Reflection =
        "Payloads are serialized through reflection. In trimmed or native programs give AddRedisTriggers a JsonSerializerContext.";

    /// <summary>
    /// Adds events and triggers whose settings are read from a section of the configuration, groups included.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Every key of the section must be a property of <see cref="RedisTriggersOptions"/>, or of <see cref="GroupOptions"/> below
    /// <c>Groups:{name}</c>. An unknown key, a value that cannot be read, and a value that is out of range throw an
    /// <see cref="OptionsValidationException"/> that names the key with its path, when the host starts or the first service is resolved.
    /// A section that does not exist leaves the defaults.
    /// </para>
    /// <para>
    /// When the configuration changes while the host runs, attempts, crashes, retry delays, time limits and
    /// <see cref="RedisTriggersOptions.WhenLeaseIsInDoubt"/>, of the bus and of its groups, apply from the next delivery on. Other settings
    /// need a restart. A change that is not valid applies nothing. Each of these is logged, by name.
    /// </para>
    /// </remarks>
    /// <param name="services">The services to add to.</param>
    /// <param name="configuration">The section, for example <c>configuration.GetSection("EventTriggers")</c>.</param>
    /// <param name="configure">Changes the settings after they are read.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static IRedisTriggersBuilder AddRedisTriggers(
        this IServiceCollection services, IConfiguration configuration, Action<RedisTriggersOptions>? configure = null) =>
        services.AddRedisTriggers(configuration, new DefaultJsonTypeInfoResolver(), configure);

    /// <summary>
    /// Adds events and triggers whose settings are read from a section of the configuration, and whose payloads are described by
    /// source-generated metadata; for trimmed and native programs.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="configuration">The section, for example <c>configuration.GetSection("EventTriggers")</c>.</param>
    /// <param name="payloads">A context that knows every payload type, or several combined.</param>
    /// <param name="configure">Changes the settings after they are read.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    public static IRedisTriggersBuilder AddRedisTriggers(
        this IServiceCollection services, IConfiguration configuration, IJsonTypeInfoResolver payloads,
        Action<RedisTriggersOptions>? configure = null) =>
        services.AddRedisTriggers(payloads, Bind(services, Options.Options.DefaultName, configuration, configure));

    /// <summary>Adds one more bus, whose settings are read from a section of the configuration, groups included.</summary>
    /// <remarks>
    /// As <see cref="AddRedisTriggers(IServiceCollection, IConfiguration, Action{RedisTriggersOptions}?)"/>, and with keyed services.
    /// </remarks>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of its services, which also names its <see cref="RedisTriggersOptions"/>; not empty.</param>
    /// <param name="configuration">The section, for example <c>configuration.GetSection("Audit")</c>.</param>
    /// <param name="configure">Changes the settings after they are read.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static IRedisTriggersBuilder AddKeyedRedisTriggers(
        this IServiceCollection services, string serviceKey, IConfiguration configuration,
        Action<RedisTriggersOptions>? configure = null) =>
        services.AddKeyedRedisTriggers(serviceKey, configuration, new DefaultJsonTypeInfoResolver(), configure);

    /// <summary>
    /// Adds one more bus, whose settings are read from a section of the configuration, and whose payloads are described by
    /// source-generated metadata; for trimmed and native programs.
    /// </summary>
    /// <param name="services">The services to add to.</param>
    /// <param name="serviceKey">The key of its services, which also names its <see cref="RedisTriggersOptions"/>; not empty.</param>
    /// <param name="configuration">The section, for example <c>configuration.GetSection("Audit")</c>.</param>
    /// <param name="payloads">A context that knows every payload type, or several combined.</param>
    /// <param name="configure">Changes the settings after they are read.</param>
    /// <returns>The builder, for event types, handlers and triggers.</returns>
    /// <exception cref="ArgumentException">The key is empty.</exception>
    public static IRedisTriggersBuilder AddKeyedRedisTriggers(
        this IServiceCollection services, string serviceKey, IConfiguration configuration, IJsonTypeInfoResolver payloads,
        Action<RedisTriggersOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        return services.AddKeyedRedisTriggers(serviceKey, payloads, Bind(services, serviceKey, configuration, configure));
    }

    // Bound within the call of the core, so that two calls that choose different prefixes are found however they choose them.
    private static Action<RedisTriggersOptions> Bind(
        IServiceCollection services, string bus, IConfiguration configuration, Action<RedisTriggersOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        var section = new BoundSection(bus, configuration);
        services.AddSingleton(section);
        services.AddSingleton<IOptionsChangeTokenSource<RedisTriggersOptions>>(
            new ConfigurationChangeTokenSource<RedisTriggersOptions>(bus, configuration));
        services.TryAddSingleton<IOptionsFactory<RedisTriggersOptions>, BoundOptionsFactory>();
        return options =>
        {
            SettingsReader.Read(section, options);
            configure?.Invoke(options);
        };
    }
}
