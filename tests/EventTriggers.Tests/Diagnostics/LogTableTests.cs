using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests.Diagnostics;

/// <summary>docs/logs.md has each log event once, by its id, with the level and the name that it has.</summary>
public sealed partial class LogTableTests
{
    private const BindingFlags All = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    [Fact]
    public void EachLogEvent_HasItsRow_WithItsLevelAndName()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "logs.md")))
            .Select(static row => (
                int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), Enum.Parse<LogLevel>(row.Groups[2].Value),
                row.Groups[3].Value));
        var events = typeof(Log).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(All))
            .Select(static method => (method.Name, Log: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static method => method.Log is not null)
            .Select(static method => (method.Log!.EventId, method.Log.Level, method.Log.EventName ?? method.Name))
            .OrderBy(static log => log.EventId).ToArray();

        events.Should().HaveCountGreaterThan(50);
        rows.Should().Equal(events);
    }

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \| `(\w+)` \| [^|]+ \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
