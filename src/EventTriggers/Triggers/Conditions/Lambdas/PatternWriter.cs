using System.Text;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>Writes what a lambda asks for as a pattern: what all alternatives share stands once, the rest in <c>$or</c>.</summary>
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
            // One alternative asks for nothing more than what is shared.
            WriteObject(json, shared, or: null);
        }
        else if (shared.Length == 0 || rest.All(fields => fields.All(field => shared.All(one => one.Names[0] != field.Names[0]))))
        {
            WriteObject(json, shared, rest);
        }
        else
        {
            // What asks of one collection has to stand in one object.
            WriteObject(json, [], alternatives);
        }

        return json.ToString();
    }

    private static bool IsSame((string[] Names, string Options) one, (string[] Names, string Options) other) =>
        one.Options == other.Options && one.Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    private static void WriteObject(StringBuilder json, IReadOnlyCollection<(string[] Names, string Options)> fields, (string[] Names, string Options)[][]? or)
    {
        json.Append('{');
        var separator = string.Empty;
        var more = fields.Where(static field => field.Names.Length == 1).GroupBy(static field => field.Names[0], StringComparer.Ordinal).SelectMany(static same => same.Skip(1)).ToArray();
        if (more.Length > 0)
        {
            // An object names a field once; what an alternative asks of it besides must hold as well.
            fields = [.. fields.Except(more)];
            or = or is null ? [more, more] : Array.ConvertAll(or, one => ((string[] Names, string Options)[])[.. one, .. more]);
        }

        foreach (var group in fields.GroupBy(static field => field.Names[0], StringComparer.Ordinal))
        {
            json.Append(separator).Append(FieldOption.Quote(group.Key)).Append(':');
            separator = ",";
            if (group.All(static field => field.Names.Length == 1))
            {
                json.Append('[').AppendJoin(',', group.Select(static field => field.Options)).Append(']');
            }
            else
            {
                WriteObject(json, [.. group.Select(static field => (field.Names[1..], field.Options))], or: null);
            }
        }

        if (or is not null)
        {
            json.Append(separator).Append("\"$or\":[");
            for (var i = 0; i < or.Length; i++)
            {
                json.Append(i > 0 ? "," : string.Empty);
                WriteObject(json, or[i], or: null);
            }

            json.Append(']');
        }

        json.Append('}');
    }
}
