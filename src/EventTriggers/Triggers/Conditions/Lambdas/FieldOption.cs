using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>One value or operator that a pattern lists for a field, as <see cref="LambdaTranslator"/> creates it.</summary>
/// <param name="Json">The option as the pattern writes it.</param>
internal record FieldOption(string Json)
{
    public static FieldOption Absent { get; } = new("""{"exists":false}""");

    public static FieldOption Null { get; } = new ExactOption("null");

    /// <summary>Gets a value indicating whether every value passes that the option does not name, including null.</summary>
    public bool IsExclusion => Json.StartsWith("{\"anything-but\"", StringComparison.Ordinal);

    /// <summary>Gets the option that any string passes.</summary>
    public static FieldOption AnyText { get; } = Text("prefix", string.Empty);

    public static FieldOption Exactly(string json) => new ExactOption(json);

    public static FieldOption Between(ValueRange<decimal> range) => new RangeOption(range);

    /// <summary>Creates an operator on strings.</summary>
    public static FieldOption Text(string name, string value, bool ignoresCase = false) => new TextOption(
        ignoresCase ? $$$"""{"{{{name}}}":{"equals-ignore-case":{{{Quote(value)}}}}}""" : $$"""{"{{name}}":{{Quote(value)}}}""");

    /// <summary>Creates the option of a string, given as JSON, ignoring case.</summary>
    public static FieldOption IgnoringCase(string json) => new TextOption($$"""{"equals-ignore-case":{{json}}}""");

    public static FieldOption AnythingButIgnoringCase(IEnumerable<string> json) =>
        new($$$"""{"anything-but":{"equals-ignore-case":[{{{string.Join(',', json)}}}]}}""");

    /// <summary>Creates the option of any value that fails an operator on strings.</summary>
    public static FieldOption AnythingBut(FieldOption text) => new($$"""{"anything-but":{{text.Json}}}""");

    /// <summary>Creates the option of any value except the given ones, either strings or numbers, as JSON.</summary>
    public static FieldOption Exclude(IEnumerable<string> values)
    {
        string[] all = [.. values.Distinct(StringComparer.Ordinal)];
        return new ExclusionOption($$"""{"anything-but":[{{string.Join(',', all)}}]}""", all);
    }

    /// <summary>Writes a string as JSON, with as few escapes as possible.</summary>
    public static string Quote(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>Gets the options that satisfy both; <see langword="null"/> if no list of options expresses that.</summary>
    public IReadOnlyList<FieldOption>? And(FieldOption other) => (this, other) switch
    {
        _ when Json == other.Json => [this],
        _ when this == Absent || other == Absent => [],
        (ExactOption exact, _) => other.Admits(exact) ? [this] : [],
        (_, ExactOption exact) => Admits(exact) ? [other] : [],
        (RangeOption one, RangeOption another) => one.And(another),
        (RangeOption range, ExclusionOption { AreTexts: false } exclusion) => range.Without(exclusion.Values),
        (ExclusionOption { AreTexts: false } exclusion, RangeOption range) => range.Without(exclusion.Values),
        (ExclusionOption one, ExclusionOption another) when one.AreTexts == another.AreTexts =>
            [Exclude(one.Values.Concat(another.Values))],
        (TextOption, TextOption) when this == AnyText => [other],
        (TextOption, TextOption) when other == AnyText => [this],
        _ => null,
    };

    private bool Admits(ExactOption exact) => this is ExactOption
        ? IsSame(Json, exact.Json)
        : EventPattern.Parse($$"""{"v":[{{Json}}]}""").IsMatch(Encoding.UTF8.GetBytes($$"""{"v":{{exact.Json}}}"""));

    private static bool IsSame(string one, string other) => one == other
        || (decimal.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.TryParse(other, NumberStyles.Float, CultureInfo.InvariantCulture, out var another)
            && number == another);

    private sealed record ExactOption(string Json) : FieldOption(Json);

    private sealed record TextOption(string Json) : FieldOption(Json);

    private sealed record ExclusionOption(string Json, string[] Values) : FieldOption(Json)
    {
        public bool AreTexts => Values[0][0] == '"';
    }

    private sealed record RangeOption(ValueRange<decimal> Range) : FieldOption(Write(Range))
    {
        public IReadOnlyList<FieldOption> And(RangeOption other)
        {
            var (mine, theirs) = (Range, other.Range);
            var low = (mine.Low, mine.LowIsOpen).CompareTo((theirs.Low, theirs.LowIsOpen)) >= 0 ? mine : theirs;
            var high = (mine.High, !mine.HighIsOpen).CompareTo((theirs.High, !theirs.HighIsOpen)) <= 0 ? mine : theirs;
            return Make(new(low.Low, low.LowIsOpen, high.High, high.HighIsOpen));
        }

        /// <summary>Excludes numbers from the range, which may split it.</summary>
        public IReadOnlyList<FieldOption> Without(IEnumerable<string> numbers)
        {
            IReadOnlyList<FieldOption> parts = [this];
            foreach (var number in numbers.Select(static number => decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)))
            {
                parts = [.. parts.SelectMany(part => part is RangeOption { Range: var range } && range.Contains(number)
                    ? [.. Make(range with { High = number, HighIsOpen = true }), .. Make(range with { Low = number, LowIsOpen = true })]
                    : (IReadOnlyList<FieldOption>)[part])];
            }

            return parts;
        }

        private static IReadOnlyList<FieldOption> Make(ValueRange<decimal> range) => range switch
        {
            _ when range.Low > range.High || (range.Low == range.High && (range.LowIsOpen || range.HighIsOpen)) => [],
            _ when range.Low == range.High => [Exactly(range.Low.ToString(CultureInfo.InvariantCulture))],
            _ => [Between(range)],
        };

        private static string Write(ValueRange<decimal> range)
        {
            var bounds = new List<string>();
            if (range.Low != decimal.MinValue || range.LowIsOpen)
            {
                bounds.Add(FormattableString.Invariant($"\"{(range.LowIsOpen ? ">" : ">=")}\",{range.Low}"));
            }

            if (range.High != decimal.MaxValue || range.HighIsOpen || bounds.Count == 0)
            {
                bounds.Add(FormattableString.Invariant($"\"{(range.HighIsOpen ? "<" : "<=")}\",{range.High}"));
            }

            return $$"""{"numeric":[{{string.Join(',', bounds)}}]}""";
        }
    }
}
