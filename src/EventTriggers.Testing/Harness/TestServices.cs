using EventTriggers.Consuming.Batches;
using EventTriggers.DependencyInjection;
using EventTriggers.DependencyInjection.Deferred;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Testing.Harness;

/// <summary>Replaces, in a host's registrations, what is different in a test.</summary>
internal sealed class TestServices(IServiceCollection services)
{
    /// <summary>Gets the keys of the buses; <see langword="null"/> for the default bus.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public IReadOnlyList<string?> Buses { get; } = FindBuses(services);

    /// <summary>Gets the clock that the host registered, if it is one that a test can move.</summary>
    public FakeTimeProvider? Clock => services
        .LastOrDefault(static service => service.ServiceType == typeof(TimeProvider) && !service.IsKeyedService)
        ?.ImplementationInstance as FakeTimeProvider;

    public void Replace(IConnectionMultiplexer connection, FakeTimeProvider clock, HandlerLog log, string prefix)
    {
        ReplaceConnections(connection);
        services.RemoveAll<TimeProvider>();
        services.AddSingleton<TimeProvider>(clock);

        // As every host has it; what the test registered stays.
        services.TryAddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.TryAddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IPostConfigureOptions<RedisTriggersOptions>>(new TestSettings(Buses, prefix));
        foreach (var bus in Buses)
        {
            new Builder(services, bus).UseTimeProviderAsRedisClock();

            // First, and so outermost: it sees what becomes of the handler in the end.
            IHandlerMiddleware observer = new HandlerObserver(log, bus);
            services.Insert(0, bus is null ? ServiceDescriptor.Singleton(observer) : ServiceDescriptor.KeyedSingleton(bus, observer));
            IBatchObserver batches = new BatchObserver(log, bus);
            services.Add(bus is null ? ServiceDescriptor.Singleton(batches) : ServiceDescriptor.KeyedSingleton(bus, batches));
        }
    }

    private static string?[] FindBuses(IServiceCollection services)
    {
        string?[] buses =
        [
            .. services.Where(static service => service.ServiceType == typeof(IConsumerLoop))
                .Select(static service => service.ServiceKey as string).Distinct(StringComparer.Ordinal),
        ];
        return buses.Length > 0
            ? buses
            : throw new InvalidOperationException("The services have no bus; call AddRedisTriggers in the delegate that StartAsync takes.");
    }

    private void ReplaceConnections(IConnectionMultiplexer connection)
    {
        object?[] keys =
        [
            .. services.Where(static service => service.ServiceType == typeof(IConnectionMultiplexer))
                .Select(static service => service.ServiceKey).Append(null).Distinct(),
        ];
        foreach (var service in services.Where(static service => IsConnection(service.ServiceType)).ToArray())
        {
            services.Remove(service);
        }

        foreach (var key in keys)
        {
            // An instance that was given is not disposed with the services.
            services.Add(key is null ? ServiceDescriptor.Singleton(connection) : ServiceDescriptor.KeyedSingleton(key, connection));
        }
    }

    private static bool IsConnection(Type type) =>
        type == typeof(IConnectionMultiplexer) || type == typeof(BusConnection) || type == typeof(DeferredConnection);

    private sealed record Builder(IServiceCollection Services, string? ServiceKey) : IRedisTriggersBuilder;
}
