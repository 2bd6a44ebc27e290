namespace EventTriggers;

/// <summary>An event that was checked and serialized, and is not accepted yet.</summary>
internal sealed record OutgoingEvent(
    EventId Id,
    string Type,
    ReadOnlyMemory<byte> Json,
    long? DelayMs,
    long? ExpiresMs,
    string? CorrelationId,
    string? Headers,
    bool IdWasChosen)
{
    /// <summary>Gets a value indicating whether there is nothing to say of it but what it is and holds.</summary>
    public bool IsPlain => DelayMs is null && ExpiresMs is null && CorrelationId is null && Headers is null && !IdWasChosen;

    /// <summary>Gets about how many bytes it adds to a call.</summary>
    public int Size => Json.Length + (Headers?.Length ?? 0) + 200;
}
