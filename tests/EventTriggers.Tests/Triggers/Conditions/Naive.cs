using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>Another reading of the rules for patterns: field by field over whole documents, without an index.</summary>
internal static class Naive
{
    private enum Says
    {
        No,
        NothingThere,
        Yes,
    }

    public static bool IsMatch(string pattern, string json)
    {
        using var rules = JsonDocument.Parse(pattern);
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object && Choices(rules.RootElement).Any(fields => Ask(fields, root) != Says.No);
    }

    // Every way to choose one alternative of each $or, as paths and what is asked of them.
    private static IEnumerable<List<(string[] Path, JsonElement Tests)>> Choices(JsonElement pattern)
    {
        IEnumerable<List<(string[] Path, JsonElement Tests)>> all = [[]];
        foreach (var property in pattern.EnumerateObject())
        {
            var here = property switch
            {
                { Name: "$or" } => property.Value.EnumerateArray().SelectMany(Choices),
                { Value.ValueKind: JsonValueKind.Array } => [[(new[] { property.Name }, property.Value)]],
                _ =>
                    Choices(property.Value)
                        .Select(fields => fields.ConvertAll(field => (new[] { property.Name }.Concat(field.Path).ToArray(), field.Tests))),
            };
            all = all.SelectMany(_ => here, static (one, other) => one.Concat(other).ToList()).ToList();
        }

        return all;
    }

    private static Says Ask(List<(string[] Path, JsonElement Tests)> fields, JsonElement element)
    {
        var answers = new List<Says>();
        foreach (var (path, tests) in fields.Where(static field => field.Path.Length == 1))
        {
            var values = Values(element, path[0]).SelectMany(static value => Flat(value))
                .Where(static value => value.ValueKind != JsonValueKind.Object).ToArray();
            var mayBeAbsent = tests.EnumerateArray().Any(IsAbsence);
            answers.Add(values.Length == 0 ? (mayBeAbsent ? Says.NothingThere : Says.No)
                : values.Any(value => tests.EnumerateArray().Any(test => !IsAbsence(test) && Passes(test, value))) ? Says.Yes : Says.No);
        }

        foreach (var below in fields.Where(static field => field.Path.Length > 1).GroupBy(static field => field.Path[0]))
        {
            answers.Add(
                AskBelow(below.Select(static field => (field.Path[1..], field.Tests)).ToList(), Values(element, below.Key).ToList()));
        }

        return answers.Contains(Says.No) ? Says.No : answers.Contains(Says.Yes) ? Says.Yes : Says.NothingThere;
    }

    private static Says AskBelow(List<(string[] Path, JsonElement Tests)> fields, List<JsonElement> values)
    {
        var answers = values.SelectMany(Flat).Where(static value => value.ValueKind == JsonValueKind.Object)
            .Select(value => Ask(fields, value)).ToArray();
        return answers.Contains(Says.Yes) ? Says.Yes
            : fields.All(static field => field.Tests.EnumerateArray().Any(IsAbsence)) && !answers.Contains(Says.No) ? Says.NothingThere
            : Says.No;
    }

    // Of a name that is there twice, the last.
    private static IEnumerable<JsonElement> Values(JsonElement element, string name) =>
        element.EnumerateObject().Where(property => NameOf(property) == name).TakeLast(1).Select(static property => property.Value);

    private static IEnumerable<JsonElement> Flat(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Flat) : [value];

    private static bool IsAbsence(JsonElement test) =>
        test.ValueKind == JsonValueKind.Object && test.TryGetProperty("exists", out var exists) && exists.ValueKind == JsonValueKind.False;

    private static bool Passes(JsonElement test, JsonElement value)
    {
        if (test.ValueKind != JsonValueKind.Object)
        {
            return Same(test, value);
        }

        var (name, argument) = test.EnumerateObject().Select(static property => (property.Name, property.Value)).Single();
        var text = TextOf(value);
        return name switch
        {
            "exactly" => Same(argument, value),
            "prefix" when argument.ValueKind == JsonValueKind.Object =>
                text is not null && text.StartsWith(Only(argument), StringComparison.OrdinalIgnoreCase),
            "prefix" => text is not null && text.StartsWith(argument.GetString()!, StringComparison.Ordinal),
            "suffix" when argument.ValueKind == JsonValueKind.Object =>
                text is not null && text.EndsWith(Only(argument), StringComparison.OrdinalIgnoreCase),
            "suffix" => text is not null && text.EndsWith(argument.GetString()!, StringComparison.Ordinal),
            "equals-ignore-case" => string.Equals(text, argument.GetString(), StringComparison.OrdinalIgnoreCase),
            "wildcard" =>
                text is not null && Regex.IsMatch(text, ToRegex(argument.GetString()!), RegexOptions.Singleline, TimeSpan.FromSeconds(10)),
            "exists" => true,
            "numeric" => value.ValueKind == JsonValueKind.Number && IsWithin(argument, value),
            "cidr" => text is not null && IsIn(argument.GetString()!, text),
            "anything-but" when argument.ValueKind == JsonValueKind.Object => argument.EnumerateObject().All(inner =>
                Listed(inner.Value)
                    .All(one => !Passes(JsonDocument.Parse($$"""{"{{inner.Name}}":{{one.GetRawText()}}}""").RootElement, value))),
            "anything-but" => Listed(argument).All(one => !Same(one, value)),
            _ => throw new InvalidOperationException(name),
        };
    }

    private static IEnumerable<JsonElement> Listed(JsonElement argument) =>
        argument.ValueKind == JsonValueKind.Array ? argument.EnumerateArray() : [argument];

    private static string Only(JsonElement argument) => argument.EnumerateObject().Single().Value.GetString()!;

    // What is no Unicode is no text.
    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool Same(JsonElement one, JsonElement other) => one.ValueKind == other.ValueKind && one.ValueKind switch
    {
        JsonValueKind.String => TextOf(one) is { } text && text == TextOf(other),
        JsonValueKind.Number => Compare(one, other) == 0,
        _ => true,
    };

    private static bool IsWithin(JsonElement terms, JsonElement value) =>
        terms.EnumerateArray().Chunk(2).All(term => (term[0].GetString(), Compare(value, term[1])) switch
    {
        ("=", 0) or (">=", >= 0) or (">", > 0) or ("<=", <= 0) or ("<", < 0) => true,
        _ => false,
    });

    // By digits and exponents of ten, as one does it on paper.
    private static int Compare(JsonElement one, JsonElement other)
    {
        var ((a, x), (b, y)) = (Digits(one.GetRawText()), Digits(other.GetRawText()));
        var least = Math.Min(x, y);
        return (a * BigInteger.Pow(10, x - least)).CompareTo(b * BigInteger.Pow(10, y - least));
    }

    private static (BigInteger Digits, int Exponent) Digits(string number)
    {
        var parts = number.ToLowerInvariant().Split('e');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        var point = parts[0].IndexOf('.', StringComparison.Ordinal);
        return (
            BigInteger.Parse(
                parts[0].Replace(".", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture), exponent - (point < 0
                    ? 0
                    : parts[0].Length - point - 1));
    }

    private static string ToRegex(string wildcard) =>
        @"\A"
        + Regex.Replace(
                wildcard, @"\\(.)|\*|[^\\*]+", static part => part.Value == "*"
                    ? ".*"
                    : Regex.Escape(part.Groups[1].Success ? part.Groups[1].Value : part.Value))
            + @"\z";

    private static bool IsIn(string network, string address)
    {
        if (!Regex.IsMatch(
            address, @"\A((0|[1-9]\d*)(\.(0|[1-9]\d*)){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)\z") || !IPAddress.TryParse(address, out var found))
        {
            return false;
        }

        // Everything in the form of IPv6.
        var parts = network.Split('/');
        var start = IPAddress.Parse(parts[0]);
        var bits = int.Parse(
            parts[1], CultureInfo.InvariantCulture) + (start.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 96 : 0);
        var (first, bytes) = (start.MapToIPv6().GetAddressBytes(), found.MapToIPv6().GetAddressBytes());
        return Enumerable.Range(0, bits).All(bit => ((bytes[bit / 8] ^ first[bit / 8]) & (0x80 >> (bit % 8))) == 0);
    }
}
