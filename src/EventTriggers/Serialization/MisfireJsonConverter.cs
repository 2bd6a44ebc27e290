using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Converts a <see cref="Misfire"/> to and from a JSON string: <c>once</c>, <c>skip</c>, or <c>all:100</c>.</summary>
public sealed class MisfireJsonConverter : JsonConverter<Misfire>
{
    /// <inheritdoc/>
    public override Misfire Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return Misfire.Parse(reader.GetString());
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A misfire policy must be 'once', 'skip', or 'all:' and a limit.", e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Misfire value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStringValue(value.Word);
    }
}
