namespace EventTriggers;

/// <summary>Runs a handler, or the next middleware around it.</summary>
/// <param name="context">The event, and its delivery.</param>
/// <param name="cancellationToken">The token for the handler.</param>
/// <returns>A task that completes when the handler has completed.</returns>
public delegate ValueTask HandlerDelegate(EventContext context, CancellationToken cancellationToken);
