using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventTriggers.Tool.Output;

/// <summary>Lays a payload out for people.</summary>
internal static class PayloadText
{
    private static readonly JsonWriterOptions Layout = new()
    {
        Indented = true,
        // Letters stay as they are; the screen escapes what a terminal acts on.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IEnumerable<string> Lines(ReadOnlyMemory<byte> payload)
    {
        try
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var document = JsonDocument.Parse(payload))
            using (var writer = new Utf8JsonWriter(buffer, Layout))
            {
                document.RootElement.WriteTo(writer);
            }

            return SafeText.EscapeLines(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return SafeText.EscapeLines($"{Encoding.UTF8.GetString(payload.Span)}\n(This is not JSON.)");
        }
    }

    /// <summary>Writes a payload on one line, as far as there is room.</summary>
    public static string OneLine(ReadOnlyMemory<byte> payload, int most = 500)
    {
        var text = Encoding.UTF8.GetString(payload.Span[..Math.Min(payload.Length, most)]);
        return SafeText.Escape(payload.Length > most ? $"{text}…" : text);
    }
}
