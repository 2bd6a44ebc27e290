namespace EventTriggers.Events;

/// <summary>A payload that is serialized later. It keeps its type, so no reflection is needed.</summary>
internal abstract class OutgoingPayload
{
    public abstract (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events);

    internal sealed class Typed<TEvent>(TEvent payload) : OutgoingPayload
        where TEvent : notnull
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events) =>
            events.Write(payload);
    }

    internal sealed class Raw(string type, ReadOnlyMemory<byte> payload) : OutgoingPayload
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events)
        {
            events.CheckJson(payload);
            return (type, payload);
        }
    }
}
