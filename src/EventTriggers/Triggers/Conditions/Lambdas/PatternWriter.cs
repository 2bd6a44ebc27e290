using System.Text;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Writes a formula as a pattern. Fields that all alternatives share are written once, and the others in <c>$or</c>.</summary>
internal static class PatternWriter
{
    public static string Write(Formula formula)
    {
        var alternatives = formula.Alternatives.Select(static alternative => alternative.Fields.Select(static field => (
            field.Field.Names, Options: string.Join(',', field.Options.Select(static option => option.Json)))).ToArray()).ToArray();
        var shared = alternatives[0].Where(one => alternatives.All(fields => fields.Any(field => IsSame(field, one)))).ToArray();
        var rest = alternatives.Select(fields => fields.Where(field => !shared.Any(one => IsSame(one, field))).ToArray()).ToArray();
        var json = new StringBuilder();
        if (rest.Length == 1 || rest.Any(static fields => fields.Length == 0))
        {
            // One alternative requires only the shared fields.
            WriteObject(json, shared, or: null);
        }
        else if (shared.Length == 0 || rest.All(fields => fields.All(field => shared.All(one => one.Names[0] != field.Names[0]))))
        {
            WriteObject(json, shared, rest);
        }
        else
        {
            // All constraints on one collection must stand in one object.
            WriteObject(json, [], alternatives);
        }

        return json.ToString();
    }

    private static bool IsSame((string[] Names, string Options) one, (string[] Names, string Options) other) =>
        one.Options == other.Options && one.Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    private static void WriteObject(
        StringBuilder json, IReadOnlyCollection<(string[] Names, string Options)> fields, (string[] Names, string Options)[][]? or)
    {
        var repeated = fields
            .Where(static field => field.Names.Length == 1)
            .GroupBy(static field => field.Names[0], StringComparer.Ordinal)
            .SelectMany(static same => same.Skip(1))
            .ToArray();
        if (repeated.Length > 0)
        {
            // An object can name a field only once. Further constraints on the field move into each alternative.
            fields = [.. fields.Except(repeated)];
            or = or is null
                ? [repeated, repeated]
                : Array.ConvertAll(or, one => ((string[] Names, string Options)[])[.. one, .. repeated]);
        }

        json.Append('{');
        var separator = string.Empty;
        foreach (var group in fields.GroupBy(static field => field.Names[0], StringComparer.Ordinal))
        {
            json.Append(separator).Append(FieldOption.Quote(group.Key)).Append(':');
            WriteField(json, group);
            separator = ",";
        }

        if (or is not null)
        {
            json.Append(separator).Append("\"$or\":");
            WriteAlternatives(json, or);
        }

        json.Append('}');
    }

    private static void WriteField(StringBuilder json, IEnumerable<(string[] Names, string Options)> constraints)
    {
        if (constraints.All(static field => field.Names.Length == 1))
        {
            json.Append('[').AppendJoin(',', constraints.Select(static field => field.Options)).Append(']');
        }
        else
        {
            WriteObject(json, [.. constraints.Select(static field => (field.Names[1..], field.Options))], or: null);
        }
    }

    private static void WriteAlternatives(StringBuilder json, (string[] Names, string Options)[][] alternatives)
    {
        json.Append('[');
        for (var i = 0; i < alternatives.Length; i++)
        {
            json.Append(i > 0 ? "," : string.Empty);
            WriteObject(json, alternatives[i], or: null);
        }

        json.Append(']');
    }
}
