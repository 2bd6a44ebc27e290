using EventTriggers;
using EventTriggers.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Consumes in a generic host or an ASP.NET Core application.</summary>
public static class RedisTriggersHostingExtensions
{
    /// <summary>
    /// Runs the consumer loops of the host, those of the default bus and of all keyed buses, from its start to its stop.
    /// </summary>
    /// <remarks>
    /// <para>Call it once, on any bus; further calls change nothing.</para>
    /// <para>
    /// The start of the host does not wait for Redis: while a server is away, its bus is tried again. A bus that cannot work ends with its
    /// exception, for example an <see cref="IncompatibleStoreException"/>, or an <see cref="InvalidOperationException"/> that names the
    /// declarations that cannot work. <see cref="HostOptions.BackgroundServiceExceptionBehavior"/> decides what that means: by default the
    /// host stops; with <see cref="BackgroundServiceExceptionBehavior.Ignore"/> it goes on, as do its other buses.
    /// </para>
    /// <para>
    /// When the host stops, the loops drain within <see cref="HostOptions.ShutdownTimeout"/>: a longer
    /// <see cref="RedisTriggersOptions.DrainTimeout"/> is shortened so that unfinished deliveries are released before the host gives up,
    /// and a warning says so at the start.
    /// </para>
    /// </remarks>
    /// <param name="builder">The builder of any bus.</param>
    /// <returns>The builder.</returns>
    public static IRedisTriggersBuilder RunAsHostedService(this IRedisTriggersBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Services may be registered after this call, so they are looked up when the host starts.
        var services = builder.Services;
        services.TryAddSingleton(provider => new HostedLoops(services, provider));
        services.TryAddSingleton<DrainLimit>();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<RedisTriggersOptions>, DrainLimit>(
                static provider => provider.GetRequiredService<DrainLimit>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConsumerHostedService>());
        return builder;
    }
}
