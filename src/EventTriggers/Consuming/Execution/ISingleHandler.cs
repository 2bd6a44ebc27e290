namespace EventTriggers.Consuming.Execution;

/// <summary>A registered handler that handles one delivery in a call.</summary>
internal interface ISingleHandler
{
    /// <summary>Runs the handler for a context of its payload type.</summary>
    ValueTask HandleAsync(EventContext context, CancellationToken cancellationToken);
}
