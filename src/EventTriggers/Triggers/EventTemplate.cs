using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace EventTriggers;

/// <summary>An event whose payload takes values from the event that a trigger matched.</summary>
/// <remarks>
/// A string of the template that begins with <c>$.</c> stands for a value: <c>"$.issue.number"</c>, <c>"$.issue.labels[0].name"</c>; <c>"$"</c> for the whole payload. What the event does
/// not have is <c>null</c>. A string that begins with <c>$$</c> is itself, without the first <c>$</c>. Of several matched events it is the last.
/// </remarks>
/// <example><code>Trigger.On("github.issues.opened").Publish(new EventTemplate("triage", """{"issue":"$.issue.number","by":"$.sender.login"}"""))</code></example>
public sealed class EventTemplate
{
    private readonly JsonElement _json;

    /// <summary>Makes a template.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="json">One JSON value.</param>
    /// <exception cref="ArgumentException">The type is not allowed, it is not JSON, or a reference is not written as it should be.</exception>
    public EventTemplate(string type, string json)
    {
        Names.ThrowIfInvalidType(type);
        ArgumentNullException.ThrowIfNull(json);
        Type = type;
        try
        {
            using var document = JsonDocument.Parse(json);
            _json = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"A template must be JSON: {e.Message}", nameof(json), e);
        }

        try
        {
            RenderEmpty();
        }
        catch (InvalidOperationException e)
        {
            throw new ArgumentException($"A template must be Unicode: {e.Message}", nameof(json), e);
        }
    }

    /// <summary>Gets the event's wire name.</summary>
    public string Type { get; }

    /// <summary>Gets the template's JSON.</summary>
    /// <returns>The JSON.</returns>
    public override string ToString() => _json.GetRawText();

    /// <summary>Puts the values of an event in.</summary>
    internal byte[] Render(JsonElement source)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, _json, source);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Puts nothing in: for a firing that no event caused.</summary>
    internal byte[] RenderEmpty() => Render(default);

    private static void Write(Utf8JsonWriter writer, JsonElement template, JsonElement source)
    {
        switch (template.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in template.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, source);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in template.EnumerateArray())
                {
                    Write(writer, element, source);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when template.GetString() is ['$', ..] text:
                WriteReference(writer, text, source);
                break;
            default:
                template.WriteTo(writer);
                break;
        }
    }

    private static void WriteReference(Utf8JsonWriter writer, string text, JsonElement source)
    {
        if (text.StartsWith("$$", StringComparison.Ordinal))
        {
            writer.WriteStringValue(text.AsSpan(1));
        }
        else if (Find(text, source) is { ValueKind: not JsonValueKind.Undefined } found)
        {
            // As it is written there: also what is no Unicode.
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(found), skipInputValidation: true);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static JsonElement Find(string text, JsonElement source)
    {
        var path = text.AsSpan(1);
        while (path.Length > 0)
        {
            var isIndex = path[0] == '[';
            var end = isIndex ? path.IndexOf(']') : path[1..].IndexOfAny('.', '[') is var next && next < 0 ? path.Length : next + 1;
            if ((!isIndex && (path[0] != '.' || end == 1)) || end < 1)
            {
                throw new ArgumentException($"A reference must be written like $.issue.labels[0].name, but is '{text}'; a text that begins with a dollar is written with two.", nameof(text));
            }

            source = isIndex ? ElementAt(source, Index(path[1..end], text)) : Property(source, path[1..end]);
            path = path[(isIndex ? end + 1 : end)..];
        }

        return source;
    }

    private static int Index(ReadOnlySpan<char> digits, string text) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        ? index
        : throw new ArgumentException($"An index must be a number, but is '{digits}' in '{text}'.", nameof(text));

    private static JsonElement ElementAt(JsonElement source, int index) =>
        source.ValueKind == JsonValueKind.Array && index < source.GetArrayLength() ? source[index] : default;

    private static JsonElement Property(JsonElement source, ReadOnlySpan<char> name) =>
        source.ValueKind == JsonValueKind.Object && source.TryGetProperty(name, out var value) ? value : default;
}
