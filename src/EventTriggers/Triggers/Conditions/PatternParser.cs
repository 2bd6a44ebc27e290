using System.Text.Json;

namespace EventTriggers;

/// <summary>Reads the JSON of a pattern, and resolves its alternatives into conditions without any.</summary>
internal static class PatternParser
{
    private const string Or = "$or";
    private const int MostConditions = 1000;

    public static IReadOnlyList<Condition> Parse(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new FormatException($"A pattern must be JSON: {e.Message}", e);
        }

        using (document)
        {
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ParseObject(document.RootElement, "$")
                : throw Refuse("$", $"a pattern must be an object, but is {document.RootElement.ValueKind}");
        }
    }

    /// <summary>Makes the refusal of a pattern.</summary>
    public static FormatException Refuse(string path, string why) => new($"The pattern is not allowed at {path}: {why}.");

    private static IReadOnlyList<Condition> ParseObject(JsonElement element, string path)
    {
        IReadOnlyList<Condition> all = [Condition.Empty];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            var at = $"{path}.{property.Name}";
            if (!names.Add(property.Name))
            {
                throw Refuse(at, "the name is there twice");
            }

            all = Combine(all, property.Name == Or ? ParseAlternatives(property.Value, at) : ParseField(property, at), at);
        }

        return names.Count > 0 ? all : throw Refuse(path, "an object must name at least one field");
    }

    private static IReadOnlyList<Condition> ParseField(JsonProperty property, string path) => property.Value.ValueKind switch
    {
        JsonValueKind.Object => [.. ParseObject(property.Value, path).Select(child => Condition.Of(property.Name, child))],
        JsonValueKind.Array => [Condition.Of(TestParser.ParseField(property.Name, property.Value, path))],
        _ => throw Refuse(path, $"a field must have an array of values, or an object of further fields, but has {property.Value.GetRawText()}"),
    };

    private static IReadOnlyList<Condition> ParseAlternatives(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < 2)
        {
            throw Refuse(path, "it must be an array of at least two objects");
        }

        return [.. element.EnumerateArray().SelectMany((alternative, i) => alternative.ValueKind == JsonValueKind.Object
            ? ParseObject(alternative, $"{path}[{i}]")
            : throw Refuse($"{path}[{i}]", $"it must be an object, but is {alternative.GetRawText()}"))];
    }

    private static IReadOnlyList<Condition> Combine(IReadOnlyList<Condition> left, IReadOnlyList<Condition> right, string path) =>
        (long)left.Count * right.Count <= MostConditions
            ? [.. left.SelectMany(_ => right, static (one, other) => one.And(other))]
            : throw Refuse(path, $"alternatives may be combined in at most {MostConditions} ways, but there are {(long)left.Count * right.Count}");
}
