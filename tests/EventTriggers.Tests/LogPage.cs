using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests;

/// <summary>The log events of a package, as docs/logs.md has them and as its code has them.</summary>
internal static partial class LogPage
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Reads the rows of the page whose ids are in a range.</summary>
    public static IEnumerable<(int Id, LogLevel Level, string Name)> Rows(int first, int last) =>
        Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "logs.md")))
            .Select(static row => (
                Id: int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), Enum.Parse<LogLevel>(row.Groups[2].Value),
                row.Groups[3].Value))
            .Where(row => row.Id >= first && row.Id <= last);

    /// <summary>Finds the log events of an assembly, by their ids.</summary>
    public static IReadOnlyList<(int Id, LogLevel Level, string Name)> EventsOf(Assembly assembly) =>
    [
        .. assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(All))
            .Select(static method => (method.Name, Log: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static method => method.Log is not null)
            .Select(static method => (method.Log!.EventId, method.Log.Level, method.Log.EventName ?? method.Name))
            .OrderBy(static log => log.EventId),
    ];

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \| `(\w+)` \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
