using System.Buffers;
using System.Text.Json;
using EventTriggers.Events;

namespace EventTriggers.Triggers;

/// <summary>How a firing is kept in the hash of the event that it raised: two fields of JSON, 'firing' and 'sources'.</summary>
internal static class FiringJson
{
    // A payload may be as deep as the default allows, and is two levels deeper here.
    private static readonly JsonDocumentOptions Nested = new() { MaxDepth = 128 };

    public static Firing? Read(ReadOnlyMemory<byte> firing, ReadOnlyMemory<byte> sources) =>
        ReadFiring(firing, firing.IsEmpty ? [] : ReadSources(sources));

    /// <summary>Reads a firing of which the sources were read.</summary>
    public static Firing? ReadFiring(ReadOnlyMemory<byte> firing, IReadOnlyList<SourceEvent> sources)
    {
        if (firing.IsEmpty)
        {
            return null;
        }

        using var document = JsonDocument.Parse(firing);
        var root = document.RootElement;
        return new Firing
        {
            TriggerId = root.GetProperty("trigger").GetString()!,
            DueAt = UnixTime.ToDateTimeOffset(root.GetProperty("due").GetInt64()),
            FiredAt = UnixTime.ToDateTimeOffset(root.GetProperty("fired").GetInt64()),
            Sequence = root.GetProperty("sequence").GetInt64(),
            Missed = root.TryGetProperty("missed", out var missed) ? missed.GetInt64() : 0,
            Sources = sources,
        };
    }

    /// <summary>Reads which trigger fired.</summary>
    /// <returns>The trigger's id; <see langword="null"/> if no trigger fired, or if the firing cannot be read.</returns>
    public static string? FindTriggerId(ReadOnlyMemory<byte> firing)
    {
        try
        {
            return ReadFiring(firing, [])?.TriggerId;
        }
        catch (Exception)
        {
            // Another program has written into the event's hash. Whoever handles the event reports it.
            return null;
        }
    }

    /// <summary>Writes one of the sources; scripts put them together.</summary>
    public static byte[] WriteSource(SourceEvent source)
    {
        var buffer = new ArrayBufferWriter<byte>(source.Payload.Length + 200);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", source.Id);
            writer.WriteString("type", source.Type);
            writer.WriteNumber("at", source.PublishedAt.ToUnixTimeMilliseconds());
            writer.WritePropertyName("data");
            writer.WriteRawValue(source.Payload.Span);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static SourceEvent[] ReadSources(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            return [];
        }

        using var document = JsonDocument.Parse(json, Nested);
        return [.. document.RootElement.EnumerateArray().Select(static element => new SourceEvent
        {
            Id = element.GetProperty("id").GetString()!,
            Type = element.GetProperty("type").GetString()!,
            PublishedAt = UnixTime.ToDateTimeOffset(element.GetProperty("at").GetInt64()),
            Payload = JsonMarshal(element.GetProperty("data")),
        })];
    }

    private static byte[] JsonMarshal(JsonElement element) =>
        System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element).ToArray();
}
