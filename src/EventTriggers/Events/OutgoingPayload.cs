namespace EventTriggers.Events;

/// <summary>A payload that is serialized later. It keeps its type, so no reflection is needed.</summary>
internal abstract class OutgoingPayload
{
    public abstract (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events);

    /// <summary>Gets the key that its type gives its event; <see langword="null"/> for none.</summary>
    /// <param name="events">What creates the event.</param>
    /// <param name="type">The wire name with which it was written.</param>
    public abstract string? FindKey(OutgoingEvents events, string type);

    internal sealed class Typed<TEvent>(TEvent payload) : OutgoingPayload
        where TEvent : notnull
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events) =>
            events.Write(payload);

        public override string? FindKey(OutgoingEvents events, string type) => events.FindKey(type, payload);
    }

    internal sealed class Raw(string type, ReadOnlyMemory<byte> payload) : OutgoingPayload
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events)
        {
            events.CheckJson(payload);
            return (type, payload);
        }

        public override string? FindKey(OutgoingEvents events, string type) => null;
    }
}
