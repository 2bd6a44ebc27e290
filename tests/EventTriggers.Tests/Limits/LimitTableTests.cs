using System.Text.RegularExpressions;

namespace EventTriggers.Tests.Limits;

/// <summary>docs/limits.md lists every limit; each row names tests, or says why there is none. Tests that a page names exist.</summary>
public sealed partial class LimitTableTests
{
    [Fact]
    public void EachRow_NamesTests_OrSaysWhyNot()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "limits.md")))
            .Select(static match => match.Groups[1].Value.Trim())
            .Where(static tests => tests != "test" && !tests.StartsWith("---", StringComparison.Ordinal)).ToArray();

        rows.Should().HaveCountGreaterThan(40);
        File.ReadLines(Path.Combine(Checkout.Root, "docs", "limits.md"))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Select(static line => line.Split('|')[1])
            .Where(static what => what != " what ").Should().OnlyHaveUniqueItems("each limit is told once");
        rows.Where(static row => !row.StartsWith("no: ", StringComparison.Ordinal) && !Name().IsMatch(row)).Should()
            .BeEmpty("these name no test");
    }

    [Theory]
    [InlineData("limits.md")]
    [InlineData("threat-model.md")]
    public void EachTestThatAPageNames_Exists(string page)
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(
                static file => Method().Matches(File.ReadAllText(file))
                    .Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}"))
            .ToHashSet(StringComparer.Ordinal);
        var named = Name().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", page)))
            .Select(static match => match.Groups[1].Value).ToArray();

        named.Should().NotBeEmpty();
        named.Except(tests).Should().BeEmpty("these tests do not exist");
    }

    [GeneratedRegex(@"^\|.*\|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^    public (?:async )?(?:void|Task) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Method();
}
