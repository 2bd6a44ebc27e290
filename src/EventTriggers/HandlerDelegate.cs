namespace EventTriggers;

/// <summary>Runs a handler, or the next middleware around it.</summary>
/// <param name="context">The event and what is known about its delivery.</param>
/// <param name="cancellationToken">The token that the handler gets.</param>
/// <returns>A task that completes when the handler has.</returns>
public delegate ValueTask HandlerDelegate(EventContext context, CancellationToken cancellationToken);
