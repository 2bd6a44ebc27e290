namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A test of a string, in C# and in a pattern.</summary>
internal sealed record TextOperator(string Name, Func<string, string, StringComparison, bool> Test)
{
    public static TextOperator StartsWith { get; } = new("prefix", static (text, part, how) => text.StartsWith(part, how));

    public static TextOperator EndsWith { get; } = new("suffix", static (text, part, how) => text.EndsWith(part, how));

    public static TextOperator Contains { get; } = new("wildcard", static (text, part, how) => text.Contains(part, how));

    public bool Holds(string text, string part, bool ignoresCase) =>
        Test(text, part, ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    public FieldOption Option(string part, bool ignoresCase) =>
        FieldOption.Text(Name, this != Contains ? part : part.Length == 0 ? "*" : $"*{Escape(part)}*", ignoresCase);

    private static string Escape(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("*", @"\*", StringComparison.Ordinal);
}
