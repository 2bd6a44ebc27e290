namespace EventTriggers.Testing.Harness;

/// <summary>Sees every handler of a bus begin and end, as the outermost middleware.</summary>
/// <param name="log">Where it is noted.</param>
/// <param name="bus">The key of the bus; <see langword="null"/> for the default bus.</param>
internal sealed class HandlerObserver(HandlerLog log, string? bus) : IHandlerMiddleware
{
    public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
    {
        var index = log.Begin(bus, context);
        try
        {
            await next(context, cancellationToken).ConfigureAwait(false);
            log.End(index, failure: null);
        }
        catch (Exception e)
        {
            log.End(index, e);
            throw;
        }
    }
}
