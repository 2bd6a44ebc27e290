using EventTriggers.Events;

namespace EventTriggers.Triggers;

/// <summary>What a trigger publishes: typed, so that no reflection is needed to serialize it later.</summary>
internal abstract class TriggerPayload
{
    public abstract (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events);

    internal sealed class Typed<TEvent>(TEvent payload) : TriggerPayload
        where TEvent : notnull
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events) =>
            (events.TypeOf<TEvent>(), events.Serialize(payload));
    }

    internal sealed class Raw(string type, ReadOnlyMemory<byte> json) : TriggerPayload
    {
        public override (string Type, ReadOnlyMemory<byte> Json) Write(OutgoingEvents events)
        {
            events.CheckJson(json);
            return (type, json);
        }
    }
}
