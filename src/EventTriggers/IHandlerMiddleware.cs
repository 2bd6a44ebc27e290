namespace EventTriggers;

/// <summary>Wraps every call of a handler: for logging, tracing, transactions, or rate limits.</summary>
/// <remarks>
/// Register implementations as <see cref="IHandlerMiddleware"/> in the order in which they wrap: the first is the outermost. What it throws
/// counts as the handler's failure; not calling <c>next</c> counts as a success without the handler.
/// </remarks>
public interface IHandlerMiddleware
{
    /// <summary>Runs around one handler for one delivery.</summary>
    /// <param name="context">The event and what is known about its delivery.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <param name="cancellationToken">The token that the handler gets.</param>
    /// <returns>A task that completes when the rest of the pipeline has.</returns>
    ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken);
}
