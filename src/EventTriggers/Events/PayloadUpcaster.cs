using System.Text.Json.Nodes;

namespace EventTriggers.Events;

/// <summary>An upcaster that makes the current payload itself.</summary>
internal sealed class PayloadUpcaster<TEvent>(string name, Func<JsonNode, TEvent> upcast) : Upcaster<TEvent>(name)
    where TEvent : notnull
{
    protected override TEvent Convert(JsonNode old, IEventSerializer serializer) => upcast(old) ?? throw NothingMade();
}
