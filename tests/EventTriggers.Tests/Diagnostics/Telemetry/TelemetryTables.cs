using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>The tables of docs/observability.md.</summary>
internal static partial class TelemetryTables
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "observability.md"));

    /// <summary>Gets the spans: the first word of their names, and their kind.</summary>
    public static Dictionary<string, string> Spans { get; } = SpanRow().Matches(Page).ToDictionary(
        static row => row.Groups[1].Value, static row => row.Groups[2].Value);

    /// <summary>Gets the attributes of spans, and on which spans they are.</summary>
    public static Dictionary<string, string[]> Attributes { get; } = AttributeRow().Matches(Page).ToDictionary(
        static row => row.Groups[1].Value,
        static row => row.Groups[2].Value == "all spans" ? [.. Spans.Keys] : WordsOf(row.Groups[2].Value));

    /// <summary>Gets the instruments: their kind, unit and attributes.</summary>
    public static Dictionary<string, (string Kind, string Unit, string[] Attributes)> Instruments { get; } =
        InstrumentRow().Matches(Page).ToDictionary(
            static row => row.Groups[1].Value,
            static row => (row.Groups[2].Value, row.Groups[3].Value, WordsOf(row.Groups[4].Value)));

    private static string[] WordsOf(string cell) => [.. Word().Matches(cell).Select(static word => word.Groups[1].Value)];

    [GeneratedRegex(@"^\| `(\w+) \{\w+\}` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex SpanRow();

    [GeneratedRegex(@"^\| `([\w.]+\.[\w.]+)` \| (all spans|`\w+`(?:, `\w+`)*) \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex AttributeRow();

    [GeneratedRegex(@"^\| `([\w.]+)` \| (counter|histogram|up-down counter|gauge) \| `([^`]+)` \|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Word();
}
