using System.CommandLine;

namespace EventTriggers.Tool.Parsing;

/// <summary>The options of lists that come by pages.</summary>
internal static class PageOptions
{
    public const int DefaultLimit = 50;

    private const int MaxLimit = 10_000;

    public static Option<int?> Limit() => Options.Number("--limit", 1, MaxLimit, "Lists at most this many. Default: 50.");

    public static Option<string?> Cursor() =>
        Options.Text("--cursor", "cursor", "Continues a list: the cursor that the list before ended with, with the same filters.");
}
