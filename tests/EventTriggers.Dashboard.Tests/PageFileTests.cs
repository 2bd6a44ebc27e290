using System.Text.RegularExpressions;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What can be read off the files of the pages: nothing comes from elsewhere, and nothing is parsed as markup.</summary>
public sealed partial class PageFileTests
{
    private static string Folder => Path.Combine(Checkout.Root, "src", "EventTriggers.Dashboard", "Ui");

    public static TheoryData<string> Scripts => [.. Directory.GetFiles(Folder, "*.js").Select(static file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void NoScript_ParsesMarkup_OrCode(string file) =>
        File.ReadAllText(Path.Combine(Folder, file)).Should()
            .NotContainAny(
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function", "srcdoc");

    // Names of SVG's namespace are no addresses.
    [Fact]
    public void NoFile_NamesAnAddressElsewhere() =>
        Directory.GetFiles(Folder)
            .SelectMany(static file => Address().Matches(File.ReadAllText(file)).Select(match => (Path.GetFileName(file), match.Value)))
            .Where(static found => found.Value != "http://www.w3.org/2000/svg")
            .Should().BeEmpty();

    [Fact]
    public void ThePage_HasNoInlineScriptAndNoInlineStyle()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "index.html"));

        page.Should().NotContain("<style").And.NotContain("style=").And.NotMatchRegex(@"\son\w+=");
        Regex.Matches(page, "<script[^>]*>(.*?)</script>").Should().ContainSingle().Which.Groups[1].Value.Should().BeEmpty();
    }

    // Those that are loaded when another one asks for them come a round trip later.
    [Fact]
    public void ThePage_LoadsEachScriptAtOnce()
    {
        var page = File.ReadAllText(Path.Combine(Folder, "index.html"));

        Directory.GetFiles(Folder, "*.js").Select(static file => $"\"ui/{Path.GetFileName(file)}\"")
            .Where(script => !page.Contains(script, StringComparison.Ordinal)).Should().BeEmpty();
    }

    // 150 KB are the aim for what a first visit loads.
    [Fact]
    public void AllFiles_AreSmall() =>
        Directory.GetFiles(Folder).Sum(static file => new FileInfo(file).Length).Should().BeLessThan(150 * 1024);

    [GeneratedRegex("""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^"'\s)]*""")]
    private static partial Regex Address();
}
