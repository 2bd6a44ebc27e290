using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>The handlers of each event type, by wire name.</summary>
internal sealed class HandlerTable
{
    private readonly Dictionary<string, List<Handler>> _handlers = new(StringComparer.Ordinal);

    public HandlerTable(IEnumerable<HandlerRegistration> registrations, IEnumerable<IHandlerMiddleware> middlewares, EventTypes types)
    {
        var pipeline = middlewares.Reverse().ToArray();
        foreach (var registration in registrations)
        {
            var type = registration.Type ?? types.NameOf(registration.PayloadType);
            if (!_handlers.TryGetValue(type, out var handlers))
            {
                _handlers[type] = handlers = [];
            }

            // A delegate has no name of its own: its place among the type's handlers serves as one, and has to be stable.
            var name = registration.Name ?? $"delegate-{handlers.Count + 1}";
            if (handlers.Any(handler => handler.Name == name))
            {
                throw new InvalidOperationException(
                    $"Handler {name} is registered twice for events of type '{type}'; its success is recorded by its name.");
            }

            handlers.Add(new Handler(name, registration, Compose(registration, pipeline)));
        }
    }

    public IReadOnlyCollection<string> Types => _handlers.Keys;

    public IReadOnlyList<Handler> Find(string type) => _handlers.TryGetValue(type, out var handlers) ? handlers : [];

    private static HandlerDelegate Compose(HandlerRegistration registration, IEnumerable<IHandlerMiddleware> innermostFirst)
    {
        HandlerDelegate pipeline = registration.HandleAsync;
        foreach (var middleware in innermostFirst)
        {
            var next = pipeline;
            pipeline = (context, cancellationToken) => middleware.InvokeAsync(context, next, cancellationToken);
        }

        return pipeline;
    }
}
