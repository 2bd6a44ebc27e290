using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers;

/// <summary>
/// Adds event types, handlers and triggers to the services that <c>AddRedisTriggers</c> registered. EventTriggers implements this
/// interface; members may be added to it.
/// </summary>
public interface IRedisTriggersBuilder
{
    /// <summary>Gets the service collection.</summary>
    IServiceCollection Services { get; }

    /// <summary>Gets the key of the bus's services, as it was given to <c>AddKeyedRedisTriggers</c>.</summary>
    /// <value><see langword="null"/> for the default bus.</value>
    string? ServiceKey { get; }
}
