using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>The handlers of one group, by the wire names of the event types.</summary>
internal sealed class HandlerTable
{
    private readonly Dictionary<string, List<Handler>> _handlers = new(StringComparer.Ordinal);
    private readonly string _group;

    /// <exception cref="InvalidOperationException">Two handlers of a type have the same name.</exception>
    public HandlerTable(
        string group, IEnumerable<HandlerRegistration> registrations, IEnumerable<IHandlerMiddleware> middlewares,
        EventTypes types)
    {
        _group = group;
        var pipeline = middlewares.Reverse().ToArray();
        foreach (var registration in registrations)
        {
            var composed = Compose(registration, pipeline);
            foreach (var type in registration.Type is { } given ? [given] : types.ReadableNamesOf(registration.PayloadType))
            {
                Add(type, registration, composed);
            }
        }
    }

    public IReadOnlyCollection<string> Types => _handlers.Keys;

    public IReadOnlyList<Handler> Find(string type) => _handlers.TryGetValue(type, out var handlers) ? handlers : [];

    private void Add(string type, HandlerRegistration registration, HandlerDelegate pipeline)
    {
        if (!_handlers.TryGetValue(type, out var handlers))
        {
            _handlers[type] = handlers = [];
        }

        // A delegate has no name of its own: its place among the type's handlers serves as one, and has to be stable.
        var name = registration.Name ?? $"delegate-{handlers.Count + 1}";
        if (handlers.Any(handler => handler.Name == name))
        {
            throw new InvalidOperationException(
                $"Handler {name} is registered twice for events of type '{type}' in group '{_group}'; its success is recorded "
                + "by its name.");
        }

        handlers.Add(new Handler(name, registration, pipeline));
    }

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
