using EventTriggers.Triggers.Matching;

namespace EventTriggers.Events;

/// <summary>An event that is checked and serialized, and not yet accepted.</summary>
/// <param name="Id">The id.</param>
/// <param name="Type">The wire name.</param>
/// <param name="Json">The payload.</param>
/// <param name="Options">The options; <see langword="null"/> for a plain event, which is the usual case.</param>
internal record OutgoingEvent(string Id, string Type, ReadOnlyMemory<byte> Json, OutgoingOptions? Options)
{
    public bool IsPlain => Options is null;

    public bool IdWasChosen => Options is { IdWasChosen: true };

    /// <summary>Gets the context of the span that publishes it, as it is stored; <see langword="null"/> for none.</summary>
    public virtual string? Trace => null;

    /// <summary>Gets the approximate number of bytes that the event adds to a call.</summary>
    public virtual int Size => Json.Length + (Options?.Headers?.Length ?? 0) + 200;

    /// <summary>Gets the event with the context of the span that publishes it.</summary>
    /// <param name="trace">The context; <see langword="null"/> for none.</param>
    public OutgoingEvent PublishedBy(string? trace) => trace is null ? this : new TracedEvent(Id, Type, Json, Options, trace);

    /// <summary>
    /// Inherits the correlation id and the key (unless the event has them), the headers and the chain of triggers of the event that it
    /// follows.
    /// </summary>
    public OutgoingEvent Inherit(string? correlationId, string? key, string? headers, TriggerChain chain)
    {
        var options = Options ?? OutgoingOptions.None;
        options = options with
        {
            CorrelationId = options.CorrelationId ?? correlationId,
            Key = options.Key ?? key,
            Headers = headers ?? options.Headers,
            Chain = chain,
        };
        return options == OutgoingOptions.None ? this : this with { Options = options };
    }
}
