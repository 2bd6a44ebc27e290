using System.Text.Json;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Parses the tests that a pattern lists for one field.</summary>
internal static class TestParser
{
    private const string Operators = "prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, exists, cidr, exactly";

    public static FieldConstraint ParseField(string name, JsonElement values, string path, bool quotes = false)
    {
        var tests = new List<ValueTest>();
        var mayBeAbsent = false;
        var i = 0;
        foreach (var value in values.EnumerateArray())
        {
            var at = $"{path}[{i++}]";
            if (IsAbsence(value))
            {
                mayBeAbsent = true;
            }
            else
            {
                tests.Add(Parse(value, at));
            }
        }

        return i == 0 ? throw PatternParser.Refuse(path, "the array of values must not be empty")
            : quotes ? new QuotedConstraint(name, [.. tests], mayBeAbsent, values.GetRawText())
            : new FieldConstraint(name, [.. tests], mayBeAbsent);
    }

    private static bool IsAbsence(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.EnumerateObject().ToArray() is [{ Name: "exists", Value.ValueKind: JsonValueKind.False }];

    private static ValueTest Parse(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => new TextTest(value.GetString()!),
        JsonValueKind.Number => new NumberTest(NumberOf(value, path)),
        JsonValueKind.True => new LiteralTest(JsonTokenType.True),
        JsonValueKind.False => new LiteralTest(JsonTokenType.False),
        JsonValueKind.Null => new LiteralTest(JsonTokenType.Null),
        JsonValueKind.Object => ParseOperator(value, path),
        _ => throw PatternParser.Refuse(
            path, $"a value must be a string, a number, true, false, null, or an object with one of {Operators}", value),
    };

    private static ValueTest ParseOperator(JsonElement value, string path)
    {
        var (name, argument, at) = OnlyPropertyOf(value, path);
        return name switch
        {
            "exactly" => new TextTest(TextOf(argument, at)),
            "prefix" => argument.ValueKind == JsonValueKind.Object
                ? new PrefixIgnoreCaseTest(AnyCaseOf(argument, at))
                : WildcardTest.Prefix(TextOf(argument, at)),
            "suffix" => argument.ValueKind == JsonValueKind.Object
                ? new SuffixIgnoreCaseTest(AnyCaseOf(argument, at))
                : WildcardTest.Suffix(TextOf(argument, at)),
            "equals-ignore-case" => new IgnoreCaseTest(TextOf(argument, at)),
            "wildcard" => WildcardOf(argument, at),
            "anything-but" => ParseAnythingBut(argument, at),
            "numeric" => NumericParser.Parse(argument, at),
            "exists" => argument.ValueKind == JsonValueKind.True
                ? new PresentTest()
                : throw PatternParser.Refuse(at, "it must be true or false", argument),
            "cidr" => NetworkOf(argument, at),
            _ => throw PatternParser.Refuse(at, $"there is no operator '{Excerpt.Of(name)}', only {Operators}"),
        };
    }

    private static AnythingButTest ParseAnythingBut(JsonElement argument, string path)
    {
        if (argument.ValueKind != JsonValueKind.Object)
        {
            var values = ListOf(argument, path);
            return values.All(static value => value.ValueKind == JsonValueKind.String)
                || values.All(static value => value.ValueKind == JsonValueKind.Number)
                ? new AnythingButTest([.. values.Select((value, i) => Parse(value, $"{path}[{i}]"))])
                : throw PatternParser.Refuse(path, "it must be strings or numbers, and not both", argument);
        }

        var (name, texts, at) = OnlyPropertyOf(argument, path);
        Func<JsonElement, ValueTest> parse = name switch
        {
            "prefix" => value => WildcardTest.Prefix(SomeTextOf(value, at)),
            "suffix" => value => WildcardTest.Suffix(SomeTextOf(value, at)),
            "equals-ignore-case" => value => new IgnoreCaseTest(TextOf(value, at)),
            "wildcard" => value => WildcardOf(value, at),
            _ => throw PatternParser.Refuse(
                at, $"anything-but takes prefix, suffix, equals-ignore-case and wildcard, but not '{Excerpt.Of(name)}'"),
        };
        return new AnythingButTest([.. ListOf(texts, at).Select(parse)]);
    }

    // A single value stands for a list of one.
    private static JsonElement[] ListOf(JsonElement argument, string path) =>
        argument.ValueKind != JsonValueKind.Array ? [argument]
        : argument.GetArrayLength() > 0 ? [.. argument.EnumerateArray()]
        : throw PatternParser.Refuse(path, "the array of values must not be empty");

    private static (string Name, JsonElement Argument, string Path) OnlyPropertyOf(JsonElement value, string path) =>
        value.EnumerateObject().ToArray() is [var only]
            ? (only.Name, only.Value, $"{path}.{only.Name}")
            : throw PatternParser.Refuse(path, $"an object among values must have exactly one of {Operators}", value);

    private static string TextOf(JsonElement argument, string path) => argument.ValueKind == JsonValueKind.String
        ? argument.GetString()!
        : throw PatternParser.Refuse(path, "it must be a string", argument);

    // Every text begins with the empty text, so anything-but of it would match no text.
    private static string SomeTextOf(JsonElement argument, string path) =>
        TextOf(argument, path) is { Length: > 0 } text ? text : throw PatternParser.Refuse(path, "it must not be empty");

    private static string AnyCaseOf(JsonElement argument, string path) =>
        OnlyPropertyOf(argument, path) is ("equals-ignore-case", var text, var at)
        ? TextOf(text, at)
        : throw PatternParser.Refuse(path, "it must be a string, or an object with equals-ignore-case", argument);

    private static NetworkTest NetworkOf(JsonElement argument, string path) =>
        Addresses.TryParseNetwork(TextOf(argument, path), out var first, out var last)
            ? new NetworkTest(new(first, false, last, false))
            : throw PatternParser.Refuse(path, "it must be a network such as 10.0.0.0/8 or 2001:db8::/32", argument);

    /// <summary>Parses a number of a pattern.</summary>
    public static decimal NumberOf(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && JsonNumber.TryRead(value, out var number)
            ? number
            : throw PatternParser.Refuse(path, $"it must be a number between {decimal.MinValue} and {decimal.MaxValue}", value);

    private static WildcardTest WildcardOf(JsonElement argument, string path)
    {
        var (text, parts, part) = (TextOf(argument, path), new List<string>(), new System.Text.StringBuilder());
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '*' when i > 0 && text[i - 1] == '*' && part.Length == 0:
                    throw PatternParser.Refuse(path, "two wildcards must not stand side by side");
                case '*':
                    parts.Add(part.ToString());
                    part.Clear();
                    break;
                case '\\' when i + 1 < text.Length && text[i + 1] is '*' or '\\':
                    part.Append(text[++i]);
                    break;
                case '\\':
                    throw PatternParser.Refuse(path, @"a backslash must stand before * or another backslash");
                default:
                    part.Append(text[i]);
                    break;
            }
        }

        return new WildcardTest([.. parts, part.ToString()]);
    }
}
