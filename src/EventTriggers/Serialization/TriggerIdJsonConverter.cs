using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Writes a trigger id as a JSON string.</summary>
public sealed class TriggerIdJsonConverter : JsonConverter<TriggerId>
{
    /// <inheritdoc/>
    public override TriggerId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TriggerId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.Value);
    }
}
