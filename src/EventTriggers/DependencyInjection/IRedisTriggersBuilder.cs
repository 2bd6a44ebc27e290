using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers;

/// <summary>Adds event types and handlers to what <c>AddRedisTriggers</c> registered.</summary>
public interface IRedisTriggersBuilder
{
    /// <summary>Gets the services that are added to.</summary>
    IServiceCollection Services { get; }
}
