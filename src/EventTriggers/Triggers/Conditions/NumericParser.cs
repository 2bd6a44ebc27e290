using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Parses the argument of <c>numeric</c>: <c>["=", 5]</c>, one bound, or a lower bound followed by an upper one.</summary>
internal static class NumericParser
{
    private const string Allowed =
        """it must be ["=", n], [">", n], [">=", n], ["<", n], ["<=", n], or a lower bound followed by an upper one""";

    public static ValueTest Parse(JsonElement argument, string path)
    {
        var terms = argument.ValueKind == JsonValueKind.Array ? argument.EnumerateArray().ToArray() : [];
        return (OperatorAt(terms, 0), terms.Length) switch
        {
            ("=", 2) => new NumberTest(NumberAt(terms, 1, path)),
            (">" or ">=", 2) => new NumericTest(Between(terms[0], NumberAt(terms, 1, path), null, decimal.MaxValue)),
            ("<" or "<=", 2) => new NumericTest(Between(null, decimal.MinValue, terms[0], NumberAt(terms, 1, path))),
            (">" or ">=", 4) when OperatorAt(terms, 2) is "<" or "<=" => ParseBoth(terms, path),
            _ => throw PatternParser.Refuse(path, Allowed, argument),
        };
    }

    private static NumericTest ParseBoth(JsonElement[] terms, string path)
    {
        var range = Between(terms[0], NumberAt(terms, 1, path), terms[2], NumberAt(terms, 3, path));
        return range.Low < range.High || (range.Low == range.High && range is { LowIsOpen: false, HighIsOpen: false })
            ? new NumericTest(range)
            : throw PatternParser.Refuse(path, $"no number is above {range.Low} and below {range.High}");
    }

    private static ValueRange<decimal> Between(JsonElement? lowOperator, decimal low, JsonElement? highOperator, decimal high) =>
        new(low, lowOperator?.GetString() == ">", high, highOperator?.GetString() == "<");

    private static string? OperatorAt(JsonElement[] terms, int at) =>
        at < terms.Length && terms[at].ValueKind == JsonValueKind.String ? terms[at].GetString() : null;

    private static decimal NumberAt(JsonElement[] terms, int at, string path) => TestParser.NumberOf(terms[at], $"{path}[{at}]");
}
