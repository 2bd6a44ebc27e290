using System.Text.RegularExpressions;

namespace EventTriggers.Tests;

/// <summary>
/// What the pages of docs/ show and name exists. A block marked <c>csharp</c> on a page that is compared is part of a file in Docs/, which
/// is compiled; a block marked <c>cs</c> shows another library.
/// </summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] ComparedPages = ["docs/batches.md", "docs/bulk.md", "docs/explain.md", "docs/faq.md", .. ComingFrom()];

    public static TheoryData<string> Compared => [.. ComparedPages];

    public static TheoryData<string> OtherLibraries => [.. ComingFrom()];

    public static TheoryData<string> Pages => [.. PagesIn("docs"), "README.md", "CONTRIBUTING.md"];

    [Theory]
    [MemberData(nameof(Compared))]
    public void EachExample_IsPartOfAFileThatIsCompiled(string page)
    {
        var compiled = DocumentedCode.CompiledIn("tests", "EventTriggers.Tests", "Docs");

        DocumentedCode.BlocksOf(page).Should().NotBeEmpty()
            .And.OnlyContain(example => compiled.Contains(DocumentedCode.Unindented(example)), $"{page} shows what compiles");
    }

    [Fact]
    public void TheTestingPage_ShowsTheSample()
    {
        var sample = DocumentedCode.CompiledIn("samples", "ShopTests");

        DocumentedCode.BlocksOf("docs/testing.md").Should().HaveCount(4)
            .And.OnlyContain(example => sample.Contains(DocumentedCode.Unindented(example)));
    }

    [Theory]
    [MemberData(nameof(OtherLibraries))]
    public void EachPageForUsersOfAnotherLibrary_HasTenPairs(string page)
    {
        DocumentedCode.BlocksOf(page).Should().HaveCount(10);
        DocumentedCode.BlocksOf(page, "cs").Should().HaveCount(10);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void EachLink_LeadsToAFileAndAHeading(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Checkout.Root, page))!;

        Link().Matches(File.ReadAllText(Path.Combine(Checkout.Root, page))).Select(static link => link.Groups[1].Value)
            .Where(static link => !link.Contains("://", StringComparison.Ordinal))
            .Where(link => !Exists(Path.Combine(Checkout.Root, page), folder, link))
            .Should().BeEmpty($"{page} is read by following its links");
    }

    [Fact]
    public void TheIndex_NamesEachPage()
    {
        var index = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "README.md"));

        PagesIn("docs").Where(static page => page != "docs/README.md").Select(static page => page["docs/".Length..])
            .Where(page => !index.Contains($"]({page})", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    private static IEnumerable<string> ComingFrom() => PagesIn(Path.Combine("docs", "coming-from"));

    private static IEnumerable<string> PagesIn(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*.md", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(Checkout.Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private static bool Exists(string page, string folder, string link)
    {
        var parts = link.Split('#', 2);
        var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(folder, parts[0]));
        return Directory.Exists(file) || (File.Exists(file) && (parts.Length == 1 || HeadingsOf(file).Contains(parts[1])));
    }

    // As GitHub makes them: small letters, no punctuation, a hyphen for each space.
    private static IEnumerable<string> HeadingsOf(string file) =>
        Heading().Matches(File.ReadAllText(file))
            .Select(static heading => Punctuation().Replace(heading.Groups[1].Value.ToLowerInvariant(), string.Empty).Replace(' ', '-'));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
