using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Hosting;

/// <summary>The consumer loops that the hosted service runs, by the key of their bus; the default bus has the key <c>""</c>.</summary>
/// <remarks>
/// A loop is here once it is made. Health checks take it from here, because making it may connect to Redis, and a connection that is being
/// made blocks everyone who asks for it.
/// </remarks>
internal sealed class HostedLoops(IServiceCollection registrations, IServiceProvider services)
{
    private readonly ConcurrentDictionary<string, IConsumerLoop> _made = new(StringComparer.Ordinal);

    /// <summary>Gets the keys of the host's buses, the default one first.</summary>
    public IReadOnlyList<string> Buses { get; } =
    [
        .. registrations.Where(static service => service.ServiceType == typeof(IConsumerLoop))
            .Select(static service => service.ServiceKey switch { null => string.Empty, string key => key, _ => null })
            .OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Makes the loop of a bus, and with it the connection, where the host's registration connects then.</summary>
    public IConsumerLoop Make(string bus) => _made.GetOrAdd(bus, key => BusServices.Get<IConsumerLoop>(services, key));

    public IConsumerLoop? Find(string bus) => _made.GetValueOrDefault(bus);
}
