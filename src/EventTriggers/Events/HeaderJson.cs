using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EventTriggers.Events;

/// <summary>Reads and writes headers as a JSON object of strings, which is easy to read in Redis.</summary>
internal static class HeaderJson
{
    /// <summary>No headers.</summary>
    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    public static string Write(IReadOnlyDictionary<string, string> headers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in headers)
            {
                writer.WriteString(name, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return None;
        }

        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Headers must be a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            headers[name] = reader.GetString()!;
        }

        return reader.Read() ? throw new JsonException("Headers must be one JSON object.") : headers;
    }
}
