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
}
