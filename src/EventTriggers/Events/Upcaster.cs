using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EventTriggers.Events;

/// <summary>Makes the current payload from the payload of an event with a given wire name.</summary>
/// <typeparam name="TEvent">The payload type.</typeparam>
/// <param name="name">The wire name.</param>
internal abstract class Upcaster<TEvent>(string name) : OldName(typeof(TEvent), name)
    where TEvent : notnull
{
    // As events are read: no object may name a member twice, and no document is deeper than the default.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public override bool IsAlias => false;

    /// <summary>Reads an old payload.</summary>
    /// <exception cref="JsonException">The payload cannot be read, or there is nothing that it becomes.</exception>
    public TEvent Read(ReadOnlyMemory<byte> json, IEventSerializer serializer)
    {
        var old = JsonNode.Parse(json.Span, nodeOptions: null, Strict)
            ?? throw new JsonException($"The payload is null; {typeof(TEvent)} is not.");
        return Convert(old, serializer);
    }

    protected abstract TEvent Convert(JsonNode old, IEventSerializer serializer);

    protected static JsonException NothingMade() => new($"The upcaster made null; {typeof(TEvent)} is not.");

    protected static ReadOnlyMemory<byte> Write(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        node.WriteTo(writer);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
