using StackExchange.Redis;

namespace EventTriggers.DependencyInjection;

/// <summary>How a bus gets its connection, where the host says so.</summary>
internal sealed record BusConnection(Func<IServiceProvider, IConnectionMultiplexer> Make);
