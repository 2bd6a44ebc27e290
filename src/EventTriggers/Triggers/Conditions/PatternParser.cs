using System.Text.Json;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Parses the JSON of a pattern and resolves its alternatives into conditions without alternatives.</summary>
internal static class PatternParser
{
    private const string Or = "$or";

    /// <summary>Parses a pattern.</summary>
    /// <param name="json">The pattern.</param>
    /// <param name="quotes">Whether each field is a <see cref="QuotedConstraint"/>.</param>
    /// <exception cref="FormatException">The pattern is invalid.</exception>
    public static IReadOnlyList<Conjunction> Parse(string json, bool quotes = false)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            // The parser's own message quotes the input.
            throw new FormatException(
                $"A pattern must be JSON, but is invalid at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", e);
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ParseObject(document.RootElement, "$", quotes).Resolve()
                : throw Refuse("$", $"a pattern must be an object, but is {document.RootElement.ValueKind}");
        }
    }

    /// <summary>Creates the exception that rejects a pattern.</summary>
    public static FormatException Refuse(string path, string why) => new($"The pattern is invalid at {Excerpt.Of(path)}: {why}.");

    /// <summary>Creates the exception that rejects a part of a pattern and quotes it.</summary>
    public static FormatException Refuse(string path, string why, JsonElement given) =>
        Refuse(path, $"{why}, but is {Excerpt.Of(given.GetRawText())}");

    private static PatternNode ParseObject(JsonElement element, string path, bool quotes)
    {
        var (node, names) = (new PatternNode(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var property in element.EnumerateObject())
        {
            var at = $"{path}.{property.Name}";
            if (!names.Add(property.Name))
            {
                throw Refuse(at, "the object has this name twice");
            }

            if (property.Name == Or)
            {
                node.AddAlternatives(ParseAlternatives(property.Value, at, quotes));
            }
            else
            {
                AddField(node, property, at, quotes);
            }

            if (node.Problem is { } problem)
            {
                throw Refuse(at, problem);
            }
        }

        return names.Count > 0 ? node : throw Refuse(path, "an object must name at least one field");
    }

    private static void AddField(PatternNode node, JsonProperty property, string path, bool quotes)
    {
        switch (property.Value.ValueKind)
        {
            case JsonValueKind.Object:
                node.AddChild(property.Name, ParseObject(property.Value, path, quotes));
                break;
            case JsonValueKind.Array:
                node.AddField(TestParser.ParseField(property.Name, property.Value, path, quotes));
                break;
            default:
                throw Refuse(path, "a field must be an array of values or an object of further fields", property.Value);
        }
    }

    private static PatternNode[] ParseAlternatives(JsonElement element, string path, bool quotes)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < 2)
        {
            throw Refuse(path, "it must be an array of at least two objects");
        }

        return [.. element.EnumerateArray().Select((alternative, i) => alternative.ValueKind == JsonValueKind.Object
            ? ParseObject(alternative, $"{path}[{i}]", quotes)
            : throw Refuse($"{path}[{i}]", "it must be an object", alternative))];
    }
}
