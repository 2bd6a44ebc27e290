using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>
/// Serializes with System.Text.Json and metadata only, so it works in trimmed and native programs with a source-generated context.
/// </summary>
internal sealed class JsonEventSerializer(IEnumerable<PayloadMetadata> payloads) : IEventSerializer
{
    private readonly JsonSerializerOptions _options = PayloadOptions.Create([.. payloads.Select(static metadata => metadata.Resolver)]);

    public JsonSerializerOptions Options => _options;

    public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull =>
        JsonSerializer.SerializeToUtf8Bytes(payload, Metadata<TEvent>());

    public ReadOnlyMemory<byte> Serialize(object payload, Type type) =>
        JsonSerializer.SerializeToUtf8Bytes(payload, _options.GetTypeInfo(type));

    public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> payload)
        where TEvent : notnull =>
        JsonSerializer.Deserialize(payload.Span, Metadata<TEvent>())
        ?? throw new JsonException($"The payload is null; {typeof(TEvent)} is not.");

    private JsonTypeInfo<TEvent> Metadata<TEvent>() => (JsonTypeInfo<TEvent>)_options.GetTypeInfo(typeof(TEvent));
}
