using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EventTriggers.Dashboard.Access;

/// <summary>Replaces the values that must not reach a browser.</summary>
internal sealed partial class Redactor
{
    public const string Mark = "[redacted]";

    private const string Alternatives = "$or";

    // The text is shown as text only, never as markup.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 64 };

    private readonly RedactedPath[] _paths;
    private readonly HashSet<string> _headers;

    /// <exception cref="ArgumentException">A path or a header is empty, or a path has an empty part.</exception>
    public Redactor(IEnumerable<string> paths, IEnumerable<string> headers)
    {
        _paths = [.. paths.Select(RedactedPath.Parse)];
        _headers = new(headers, StringComparer.OrdinalIgnoreCase);
        if (_headers.Any(string.IsNullOrWhiteSpace))
        {
            throw new ArgumentException("A header to redact must have a name, but one is empty.", nameof(headers));
        }
    }

    public bool HasPaths => _paths.Length > 0;

    public IReadOnlyDictionary<string, string> Redact(IReadOnlyDictionary<string, string> headers) =>
        headers.ToDictionary(
            static header => header.Key, header => _headers.Contains(header.Key) ? Mark : header.Value, StringComparer.Ordinal);

    /// <summary>
    /// Determines whether a value must not be seen. If it is not certain, it must not: an unusual path, or a value with members of its own.
    /// </summary>
    /// <param name="path">Where it is, for example <c>$.lines[2].sku</c> or <c>order.id</c>.</param>
    /// <param name="value">The value, as JSON.</param>
    public bool Covers(string path, string value) => HasPaths && (value.StartsWith('{') || value.StartsWith('[') || Covers(path));

    /// <summary>Determines whether what is at a place must not be seen; so must what it is compared with.</summary>
    /// <param name="path">Where it is, for example <c>$.lines[2].sku</c> or <c>order.id</c>.</param>
    public bool Covers(string path)
    {
        if (!HasPaths)
        {
            return false;
        }

        if (!PlainPath().IsMatch(path))
        {
            return true;
        }

        PathPosition[] open = [.. _paths.Select(static one => new PathPosition(one, 0))];
        foreach (Match name in MemberName().Matches(path))
        {
            open = [.. open.SelectMany(position => position.Enter(name.Value))];
            if (Array.Exists(open, static position => position.IsEnd))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Redacts a payload; without paths it stays as it is.</summary>
    /// <returns><see langword="false"/> if it cannot be parsed, and may hold what must not be seen.</returns>
    public bool TryRedact(ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out byte[]? redacted)
    {
        redacted = null;
        if (!HasPaths)
        {
            redacted = payload.ToArray();
            return true;
        }

        try
        {
            using var document = JsonDocument.Parse(payload);
            var buffer = new ArrayBufferWriter<byte>(payload.Length);
            using (var writer = new Utf8JsonWriter(buffer, Plain))
            {
                Write(document.RootElement, writer, [.. _paths.Select(static path => new PathPosition(path, 0))]);
            }

            redacted = buffer.WrittenSpan.ToArray();
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON, or a text of it is not Unicode.
            return false;
        }
    }

    [GeneratedRegex(@"^(?:\$\.?)?(?:[\w\-.]|\[[0-9]+\])*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PlainPath();

    // Not the number of an element of an array.
    [GeneratedRegex(@"(?<![\[\w-])[\w-]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MemberName();

    private static void Write(JsonElement value, Utf8JsonWriter writer, PathPosition[] open)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    WriteMember(member, writer, open);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var element in value.EnumerateArray())
                {
                    Write(element, writer, open);
                }

                writer.WriteEndArray();
                break;
            default:
                // As it was written, so that no number changes.
                writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                break;
        }
    }

    private static void WriteMember(JsonProperty member, Utf8JsonWriter writer, PathPosition[] open)
    {
        // The alternatives of a pattern are about the same members as the pattern itself.
        PathPosition[] inside =
            [.. open.SelectMany(position => position.Enter(member.Name)).Concat(member.NameEquals(Alternatives) ? open : []).Distinct()];
        if (Array.Exists(inside, static position => position.IsEnd))
        {
            writer.WriteStringValue(Mark);
            return;
        }

        Write(member.Value, writer, inside);
    }
}
