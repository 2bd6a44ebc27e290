using EventTriggers.Consuming.Batches;
using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>The handlers of one group, by the wire names of the event types.</summary>
internal sealed class HandlerTable
{
    private readonly Dictionary<string, List<Handler>> _handlers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BatchHandler> _batches = new(StringComparer.Ordinal);
    private readonly string _group;

    /// <exception cref="InvalidOperationException">
    /// Two handlers of a type have the same name; a type has a batch handler and another one; or a group with limits has batches by key in
    /// order.
    /// </exception>
    public HandlerTable(
        GroupSettings group, IEnumerable<HandlerRegistration> registrations, IEnumerable<IHandlerMiddleware> middlewares,
        EventTypes types)
    {
        _group = group.Name;
        var pipeline = middlewares.Reverse().ToArray();
        foreach (var registration in registrations)
        {
            IEnumerable<string> names = registration.Type is { } given ? [given] : types.ReadableNamesOf(registration.PayloadType);
            if (registration is IBatchRegistration batch)
            {
                Add(names, new BatchHandler(registration.Name ?? "delegate-1", batch));
                continue;
            }

            var composed = Compose((ISingleHandler)registration, pipeline);
            foreach (var type in names)
            {
                Add(type, registration, composed);
            }
        }

        if (_batches.Keys.FirstOrDefault(_handlers.ContainsKey) is { } both)
        {
            throw new InvalidOperationException(
                $"Events of type '{both}' have the batch handler {_batches[both].Name} and the handler {_handlers[both][0].Name} in group "
                + $"'{_group}'; a type has either in a group. Add one of them to a group of its own.");
        }

        Batches = new BatchTable(_batches, isExclusive: _handlers.Count == 0, isInOrder: group.Mode.Places == 1);
        if (group.IsLimited && Batches.IsInOrder
            && Batches.Handlers.FirstOrDefault(static handler => handler.Registration.Limits.ByKey) is { } limited)
        {
            throw new InvalidOperationException(
                $"Group '{_group}' handles the events of a key in their order and has limits, and its batch handler {limited.Name} has "
                + "batches by key; the events behind the first of a key would not count. Set ByKey to false, or give the group no limits.");
        }
    }

    public IReadOnlyCollection<string> Types => [.. _handlers.Keys, .. _batches.Keys];

    /// <summary>Gets the batch handlers.</summary>
    public BatchTable Batches { get; }

    public IReadOnlyList<Handler> Find(string type) => _handlers.TryGetValue(type, out var handlers) ? handlers : [];

    private void Add(IEnumerable<string> types, BatchHandler handler)
    {
        foreach (var type in types)
        {
            if (!_batches.TryAdd(type, handler))
            {
                throw new InvalidOperationException(
                    $"Events of type '{type}' have the batch handlers {_batches[type].Name} and {handler.Name} in group '{_group}'; a type "
                    + "has one batch handler in a group. Add the other to a group of its own.");
            }
        }
    }

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

    private static HandlerDelegate Compose(ISingleHandler registration, IEnumerable<IHandlerMiddleware> innermostFirst)
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
