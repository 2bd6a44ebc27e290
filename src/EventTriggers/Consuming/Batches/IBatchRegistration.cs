using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>A registered handler that handles several deliveries in one call.</summary>
internal interface IBatchRegistration
{
    /// <summary>Gets the type of the payloads.</summary>
    Type PayloadType { get; }

    /// <summary>Gets when its batches begin.</summary>
    BatchOptions Limits { get; }

    /// <summary>Reads the payload of one delivery. An exception makes that delivery a dead letter.</summary>
    BatchItem OpenItem(HandlerProgress run);

    /// <summary>Runs the handler.</summary>
    /// <param name="items">What <see cref="OpenItem"/> has made.</param>
    /// <param name="services">The services of the batch's scope.</param>
    /// <param name="cancellationToken">The token for the handler.</param>
    ValueTask HandleAsync(IReadOnlyList<BatchItem> items, IServiceProvider services, CancellationToken cancellationToken);
}
