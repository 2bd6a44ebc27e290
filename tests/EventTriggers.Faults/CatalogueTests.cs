using System.Globalization;
using System.Text.RegularExpressions;
using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>docs/reliability.md lists every fault; each has a test with its number as a trait, or says why there is none.</summary>
public sealed partial class CatalogueTests
{
    [Fact]
    public void EveryFault_IsATestOrSaysWhyNot()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Checkout.Root, "docs", "reliability.md")).Split("\n## Faults\n")[1])
            .ToDictionary(
                static match => int.Parse(
                    match.Groups[1].Value, CultureInfo.InvariantCulture), static match => match.Groups[2].Value.Trim());
        var named = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Trait().Matches(File.ReadAllText(file)))
            .Select(static match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToHashSet();

        rows.Keys.Should().HaveCountGreaterThanOrEqualTo(110).And.Equal(Enumerable.Range(1, rows.Count));
        rows.Values.Should().OnlyContain(tested => tested == "yes" || tested.StartsWith("no: ", StringComparison.Ordinal));
        rows.Where(row => row.Value == "yes" && !named.Contains(row.Key)).Select(row => row.Key).Should()
            .BeEmpty("these are said to be tested");
        rows.Where(row => row.Value != "yes" && named.Contains(row.Key)).Select(row => row.Key).Should().BeEmpty("these are tested");
    }

    [Fact]
    public void TheGrantedCommands_AreThoseOfTheTests()
    {
        var documented = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "reliability.md")).Split("nocommands")[1].Split("```")[0]
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

        documented.Should().BeEquivalentTo(LeastPrivilege.Commands.Split(' '));
    }

    [GeneratedRegex(@"^\| (\d+) \| .* \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("""\[Trait\("Fault", "(\d+)"\)\]""")]
    private static partial Regex Trait();
}
