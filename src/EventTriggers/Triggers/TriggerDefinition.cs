namespace EventTriggers;

/// <summary>Everything that the fluent front collects.</summary>
internal sealed record TriggerDefinition
{
    public required TriggerKind Kind { get; init; }

    public TriggerId? Id { get; init; }

    public DateTimeOffset? Due { get; init; }

    public TimeSpan? Delay { get; init; }

    /// <summary>Gets the payload type of the events to wait for, whose wire name only a host's registrations tell.</summary>
    public Type? SourcePayload { get; init; }

    public string? SourceType { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public int? FiresAtMost { get; init; }

    public DateTimeOffset? Last { get; init; }

    public OnConflict Conflict { get; init; }

    public TriggerPayload? Payload { get; init; }
}

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
