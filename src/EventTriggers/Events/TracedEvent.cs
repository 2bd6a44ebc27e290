namespace EventTriggers.Events;

/// <summary>
/// An event that carries the context of the span that publishes it. It has a class of its own, so that other events need no room for it.
/// </summary>
/// <inheritdoc cref="OutgoingEvent"/>
internal sealed record TracedEvent(string Id, string Type, ReadOnlyMemory<byte> Json, OutgoingOptions? Options, string Context)
    : OutgoingEvent(Id, Type, Json, Options)
{
    public override string? Trace => Context;

    public override int Size => base.Size + Context.Length;
}
