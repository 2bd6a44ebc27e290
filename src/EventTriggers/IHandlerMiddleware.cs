namespace EventTriggers;

/// <summary>Wraps every call of a handler: for logging, tracing, transactions, or rate limits.</summary>
/// <remarks>
/// Add implementations with <c>AddMiddleware</c>, which resolves them from the handler's scope, or register singletons as
/// <see cref="IHandlerMiddleware"/>, in the order in which they wrap: the first is the outermost. An exception that it throws counts as the
/// handler's failure; if it does not call <c>next</c>, the attempt succeeds without the handler. It does not run around batch handlers
/// (<see cref="IBatchHandler{TEvent}"/>).
/// </remarks>
public interface IHandlerMiddleware
{
    /// <summary>Runs around one handler for one delivery.</summary>
    /// <param name="context">The event, and its delivery.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <param name="cancellationToken">The token for the handler.</param>
    /// <returns>A task that completes when the rest of the pipeline has.</returns>
    ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken);
}
