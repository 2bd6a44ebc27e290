using System.Globalization;
using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Limits;

/// <summary>docs/settings.md has each option once, with the default that it has.</summary>
public sealed partial class SettingTableTests
{
    [Fact]
    public void EachOption_HasItsRow_WithItsDefault()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "settings.md")))
            .Select(static row => (Name: row.Groups[1].Value, Default: ValueOf(row.Groups[2].Value)));
        var options = new RedisTriggersOptions();

        rows.Should()
            .BeEquivalentTo(
                typeof(RedisTriggersOptions).GetProperties().Where(static property => property.Name != nameof(RedisTriggersOptions.Groups))
                    .Select(property => (property.Name, Default: property.GetValue(options))));
        options.Groups.Should().BeEmpty();
    }

    [Fact]
    public void EachGroupOption_HasItsRow_AndFollowsTheHostByDefault()
    {
        var rows = GroupRow().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "settings.md")))
            .Select(static row => (Name: row.Groups[1].Value, Default: row.Groups[2].Value)).ToArray();

        rows.Select(static row => row.Name).Should().BeEquivalentTo(typeof(GroupOptions).GetProperties().Select(static one => one.Name));
        rows.Where(static row => typeof(RedisTriggersOptions).GetProperty(row.Name) is not null).Should()
            .OnlyContain(static row => row.Default.StartsWith($"`{row.Name}`"));
        typeof(GroupOptions).GetProperties().Where(static property => property.Name != nameof(GroupOptions.Limits)).Should()
            .OnlyContain(static property => property.GetValue(new GroupOptions()) == null);
        new GroupOptions().Limits.Should().BeEmpty();
    }

    private static object? ValueOf(string text) => text.Split(' ') switch
    {
        ["none"] => null,
        ["true"] => true,
        ["`Continue`"] => LeaseDoubt.Continue,
        ["`Auto`"] => TraceParenting.Auto,
        [['`', .. var word, '`']] => word,
        [.. var digits, "bytes"] => int.Parse(string.Concat(digits), CultureInfo.InvariantCulture),
        [var number, "s"] => TimeSpan.FromSeconds(double.Parse(number, CultureInfo.InvariantCulture)),
        [var number, "min"] => TimeSpan.FromMinutes(double.Parse(number, CultureInfo.InvariantCulture)),
        [var number, "h"] => TimeSpan.FromHours(double.Parse(number, CultureInfo.InvariantCulture)),
        [var number, "day" or "days"] => TimeSpan.FromDays(double.Parse(number, CultureInfo.InvariantCulture)),
        var digits => int.Parse(string.Concat(digits), CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `Groups:name:(\w+)` \| [^|]* \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex GroupRow();
}
