using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests;

/// <summary>Lets a test handle a delivery step by step.</summary>
internal static class DeliveryHandlerExtensions
{
    /// <summary>Handles a delivery with the default settings.</summary>
    public static ValueTask<Settlement> RunAsync(this IDeliveryHandler handler, Lease lease) =>
        handler.RunAsync(lease, GroupSettings.Of(lease.Delivery.Group, new RedisTriggersOptions()));
}
