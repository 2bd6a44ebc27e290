using System.Text.Json.Nodes;

namespace EventTriggers.Events;

/// <summary>An upcaster that makes the JSON of the current payload, which is then read like any other.</summary>
internal sealed class JsonUpcaster<TEvent>(string name, Func<JsonNode, JsonNode> upcast) : Upcaster<TEvent>(name)
    where TEvent : notnull
{
    protected override TEvent Convert(JsonNode old, IEventSerializer serializer) =>
        serializer.Deserialize<TEvent>(Write(upcast(old) ?? throw NothingMade()));
}
