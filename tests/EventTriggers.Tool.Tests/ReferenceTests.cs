using EventTriggers.Tests;

namespace EventTriggers.Tool.Tests;

/// <summary>The reference in docs/tool.md is what the tool writes.</summary>
public sealed class ReferenceTests(RedisFixture redis)
{
    private const string Begin = "The rest of this page is written by `et reference`, and tested to be what the commands are.\n\n";

    [Fact]
    public async Task Page_IsWhatTheToolWrites()
    {
        var page = (await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "tool.md"))).ReplaceLineEndings("\n");
        var written = await new ToolRun(redis).RunAsync("reference");

        written.ExitCode.Should().Be(0);
        page[(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..].Should().Be(
            written.Output, "docs/tool.md must end with what 'et reference' writes");
    }

    [Fact]
    public async Task ExitCodes_AreThoseOfThePage()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "tool.md"));
        typeof(ExitCode).GetFields().Select(static field => field.GetRawConstantValue())
            .Should().OnlyContain(code => page.Contains($"\n| {code} | ", StringComparison.Ordinal)).And.HaveCount(6);
    }
}
