using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.Redis.Stores;

/// <summary>An entry of the audit list as it is stored: <c>ms {"action":…}</c>.</summary>
internal static class AuditText
{
    public static string Write(AuditEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, text) in Fields(entry))
            {
                if (text is not null)
                {
                    writer.WriteString(name, text);
                }
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static AuditRecord Read(string stored)
    {
        var space = stored.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !long.TryParse(stored.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var ms))
        {
            return Unread(stored);
        }

        try
        {
            using var json = JsonDocument.Parse(stored.AsMemory(space + 1));
            string? Text(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
            return Text("action") is { } action && Text("target") is { } target
                ? new AuditRecord
                {
                    At = UnixTime.ToDateTimeOffset(ms),
                    Entry = new AuditEntry
                    {
                        Action = action,
                        Target = target,
                        By = Text("by"),
                        Outcome = Text("outcome"),
                        Details = Text("details"),
                    },
                }
                : Unread(stored);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, not an object, or a member of it is not a text.
            return Unread(stored);
        }
    }

    private static (string Name, string? Text)[] Fields(AuditEntry entry) =>
    [
        ("action", entry.Action), ("target", entry.Target), ("by", entry.By), ("outcome", entry.Outcome), ("details", entry.Details),
    ];

    private static AuditRecord Unread(string stored) => new()
    {
        At = DateTimeOffset.UnixEpoch,
        Entry = new AuditEntry { Action = "unknown", Target = "unknown" },
        Unreadable = $"The list holds '{Excerpt.Of(stored)}', which is not an entry.",
    };
}
