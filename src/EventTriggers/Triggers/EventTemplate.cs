using System.Buffers;
using System.Text;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers;

/// <summary>An event whose payload takes values from the event that a trigger matched.</summary>
/// <remarks>
/// A string that begins with <c>$.</c> stands for a value of the matched event: <c>"$.issue.number"</c>, <c>"$.issue.labels[0].name"</c>;
/// <c>"$"</c> for the whole payload. A value that the event does not have becomes <c>null</c>; if an object has a name twice, the last
/// counts. A string that begins with <c>$$</c> stands for itself without the first <c>$</c>. If several events matched, the last one is
/// used. An event that would be larger than <see cref="RedisTriggersOptions.MaxPayloadBytes"/>, or deeper than 64 levels, is not raised;
/// <see cref="TriggerRecord.Error"/> says why.
/// </remarks>
/// <example><code>
/// Trigger.On("github.issues.opened")
///     .Publish(new EventTemplate("triage", """{"issue":"$.issue.number","by":"$.sender.login"}"""))
/// </code></example>
public sealed class EventTemplate
{
    /// <summary>The largest size of a template, in bytes of UTF-8.</summary>
    public const int MaxBytes = 16 * 1024;

    // What readers of JSON take by default.
    private const int MostLevels = 64;
    private const int LengthOfNull = 4;

    private readonly string _json;
    private readonly PayloadPaths _paths = new(intoArrays: false);

    // What it makes of nothing, and where in it a null stands for which place of an event.
    private readonly byte[] _empty;
    private readonly List<(int At, int Place)> _references = [];

    /// <summary>Initializes a new instance of the <see cref="EventTemplate"/> class.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="json">One JSON value of at most <see cref="MaxBytes"/>.</param>
    /// <exception cref="ArgumentException">
    /// The wire name is not allowed; or the template is too long, is not JSON, names a member twice in one object, or has an invalid
    /// reference.
    /// </exception>
    public EventTemplate(string type, string json)
    {
        NameRules.ThrowIfInvalidType(type);
        ArgumentNullException.ThrowIfNull(json);
        var length = Encoding.UTF8.GetByteCount(json);
        if (length > MaxBytes)
        {
            throw new ArgumentException($"A template may have at most {MaxBytes} bytes, but has {length}.", nameof(json));
        }

        (Type, _json) = (type, json);
        _empty = Read(json);
    }

    /// <summary>Gets the event's wire name.</summary>
    public string Type { get; }

    /// <summary>Gets the template's JSON.</summary>
    /// <returns>The JSON.</returns>
    public override string ToString() => _json;

    /// <summary>Puts nothing in: for a firing that no event caused.</summary>
    internal byte[] RenderEmpty() => _empty;

    /// <summary>Puts the values of an event in, as they are written there.</summary>
    /// <param name="source">The event's payload.</param>
    /// <param name="mostBytes">The most bytes that the result may have.</param>
    /// <returns>The result.</returns>
    /// <exception cref="JsonException">The payload is not JSON.</exception>
    /// <exception cref="FormatException">The result would be too large or too deep.</exception>
    internal byte[] Render(ReadOnlySpan<byte> source, int mostBytes)
    {
        var found = _paths.Find(source).ToDictionary(static place => place.Number);

        // Counted before anything is made of it.
        var length = _empty.Length + _references.Sum(
            reference => found.TryGetValue(reference.Place, out var place) ? (long)place.Length - LengthOfNull : 0);
        if (length > mostBytes)
        {
            throw new FormatException($"what it would raise has {length} bytes, and at most {mostBytes} are allowed (MaxPayloadBytes)");
        }

        var payload = new byte[length];
        var (from, to) = (0, 0);
        foreach (var (at, number) in _references)
        {
            Append(_empty.AsSpan(from..at), payload, ref to);
            var value = found.TryGetValue(number, out var place) ? source.Slice(place.Start, place.Length) : "null"u8;
            Append(value, payload, ref to);
            from = at + LengthOfNull;
        }

        Append(_empty.AsSpan(from), payload, ref to);
        ThrowIfDeep(payload);
        return payload;
    }

    private static void Append(ReadOnlySpan<byte> part, byte[] payload, ref int to)
    {
        part.CopyTo(payload.AsSpan(to));
        to += part.Length;
    }

    // No handler could read it.
    private static void ThrowIfDeep(byte[] payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            while (reader.Read())
            {
                // Reading to the end is the check.
            }
        }
        catch (JsonException e)
        {
            throw new FormatException($"what it would raise is more than {MostLevels} levels deep", e);
        }
    }

    private byte[] Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var buffer = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(buffer);
            Write(writer, buffer, document.RootElement);
            writer.Flush();
            return PayloadJson.Problem(buffer.WrittenSpan) is { } problem
                ? throw new FormatException($"A template {problem}")
                : buffer.WrittenSpan.ToArray();
        }
        catch (JsonException e)
        {
            // Its own message quotes what was given.
            throw new ArgumentException(
                $"A template must be JSON, but is not at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", nameof(json), e);
        }
        catch (FormatException e)
        {
            throw new ArgumentException(Failures.MessageOf(e), nameof(json), e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException("A template must be Unicode, but half a character (a lone surrogate) is in it.", nameof(json), e);
        }
    }

    private void Write(Utf8JsonWriter writer, ArrayBufferWriter<byte> buffer, JsonElement template)
    {
        switch (template.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in template.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, buffer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in template.EnumerateArray())
                {
                    Write(writer, buffer, element);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when template.GetString() is ['$', '$', ..] text:
                writer.WriteStringValue(text.AsSpan(1));
                break;
            case JsonValueKind.String when template.GetString() is ['$', ..] text:
                var place = _paths.Add(TemplateReference.Parse(text));
                writer.WriteNullValue();
                writer.Flush();
                _references.Add((buffer.WrittenCount - LengthOfNull, place));
                break;
            default:
                template.WriteTo(writer);
                break;
        }
    }
}
