using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Limits;

/// <summary>docs/limits.md lists every limit; each row names tests that exist, or says why there is none.</summary>
public sealed partial class LimitTableTests
{
    [Fact]
    public void EachRow_NamesTestsThatExist_OrSaysWhyNot()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "limits.md"))).Select(static match => match.Groups[1].Value.Trim())
            .Where(static tests => tests != "test" && !tests.StartsWith("---", StringComparison.Ordinal)).ToArray();
        var tests = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Method().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}"))
            .ToHashSet(StringComparer.Ordinal);

        rows.Should().HaveCountGreaterThan(40);
        rows.Where(static row => !row.StartsWith("no: ", StringComparison.Ordinal) && !Name().IsMatch(row)).Should().BeEmpty("these name no test");
        rows.SelectMany(static row => Name().Matches(row)).Select(static match => match.Groups[1].Value).Except(tests).Should().BeEmpty("these tests do not exist");
    }

    [GeneratedRegex(@"^\|.*\|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^    public (?:async )?(?:void|Task) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
