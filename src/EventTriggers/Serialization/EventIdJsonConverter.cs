using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Writes an event id as a JSON string.</summary>
public sealed class EventIdJsonConverter : JsonConverter<EventId>
{
    /// <inheritdoc/>
    public override EventId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EventId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.Value);
    }
}
