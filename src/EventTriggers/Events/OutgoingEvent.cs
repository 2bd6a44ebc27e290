using EventTriggers.Triggers.Matching;

namespace EventTriggers.Events;

/// <summary>An event that was checked and serialized, and is not accepted yet.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its wire name.</param>
/// <param name="Json">Its payload.</param>
/// <param name="Options">What else is to be said of it; <see langword="null"/> for a plain one, as most are.</param>
internal sealed record OutgoingEvent(string Id, string Type, ReadOnlyMemory<byte> Json, OutgoingOptions? Options)
{
    public bool IsPlain => Options is null;

    public bool IdWasChosen => Options is { IdWasChosen: true };

    /// <summary>Gets about how many bytes it adds to a call.</summary>
    public int Size => Json.Length + (Options?.Headers?.Length ?? 0) + 200;

    /// <summary>Takes over the correlation id of the event that it follows, unless it has one of its own; headers; and which triggers led to that.</summary>
    public OutgoingEvent Inherit(string? correlationId, string? headers, TriggerChain chain)
    {
        var options = Options ?? OutgoingOptions.None;
        options = options with { CorrelationId = options.CorrelationId ?? correlationId, Headers = headers ?? options.Headers, Chain = chain };
        return options == OutgoingOptions.None ? this : this with { Options = options };
    }
}
