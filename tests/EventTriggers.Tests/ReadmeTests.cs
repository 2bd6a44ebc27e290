using System.Diagnostics;
using System.Text.RegularExpressions;

namespace EventTriggers.Tests;

public sealed partial class ReadmeTests(RedisFixture redis)
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("src/EventTriggers/PACKAGE.md")]
    public void EachExample_IsPartOfTheSampleThatIsBuilt(string page)
    {
        var sample = DocumentedCode.CompiledIn("samples", "SmallestHost");
        var examples = DocumentedCode.BlocksOf(page);

        examples.Should().HaveCountGreaterThanOrEqualTo(3);
        examples.Should().OnlyContain(example => sample.Contains(DocumentedCode.Unindented(example)), $"{page} shows what compiles");
        examples[0].Should().Be(Read("samples/SmallestHost/Program.cs"));
        examples[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.Should().BeLessThan(25);
    }

    // SIGTERM is what stops a service: it drains, as Ctrl-C does.
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task TheSmallestHost_HandlesItsEvent_AndEndsWithASignal(string signal)
    {
        using var host = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "SmallestHost.dll"), redis.Server.ConnectionString])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        var line = await Wait.ForAsync(host.StandardOutput.ReadLineAsync());
        await Signals.SendAsync(host.Id, signal);
        await Wait.ForAsync(host.WaitForExitAsync());

        line.Should().Be("Order 42 was placed.");
        host.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task TheTriggersThatItShows_AddedAtEachStart_AreThereOnce()
    {
        await using var host = TestHost.Create(redis, static build => global::Triggers.Declare(build.Services));

        var outcomes = new[] { await global::Triggers.AddAsync(host.Triggers), await global::Triggers.AddAsync(host.Triggers) };

        var active = new List<string>();
        await foreach (var trigger in host.Triggers.QueryAsync(new TriggerQuery { Status = TriggerStatus.Active }))
        {
            active.Add(trigger.Id);
        }

        outcomes.Should().AllBeEquivalentTo(CancelOutcome.Canceled);
        active.Should().BeEquivalentTo(["report", "check-large-orders", "remind-of-payment"]);
    }

    [Fact]
    public async Task TheGroupsThatItShows_HandleAnEvent_EachInItsWay()
    {
        await using var host = TestHost.Create(redis, static build => global::Groups.Add(build.Services)).Start();

        var result = await host.Bus.PublishAsync(new OrderChanged(7, "paid"));

        result.Id.Should().StartWith("order-7/");
        foreach (var group in new[] { "billing", "mail", "search" })
        {
            await Wait.UntilAsync(async () => (await host.Events.CountAsync(group)).Processed == 1, $"{group} handles it");
        }
    }

    // A package's page is read where the repository is not.
    [Fact]
    public void EachPackagesPage_LinksToNothingInTheRepository()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "PACKAGE.md", SearchOption.AllDirectories).ToArray();

        pages.Should().HaveCountGreaterThanOrEqualTo(3);
        pages.Should()
            .OnlyContain(
                static page => !Link().Matches(File.ReadAllText(page))
                    .Any(static link => !link.Groups[1].Value.StartsWith("https://", StringComparison.Ordinal)));
    }

    // PublicAPI.Unshipped.txt holds what no release has: .ci/ship moves it.
    [Fact]
    public void AReleasedVersion_HasAPublicFaceThatIsShipped()
    {
        var isReleased = !Read("CHANGELOG.md").Split("\n## ")[1].Split('\n')[0].Contains("unreleased", StringComparison.Ordinal);
        var unshipped = Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "PublicAPI.Unshipped.txt", SearchOption.AllDirectories)
            .Sum(static file => File.ReadLines(file).Count(static line => line.Length > 0 && line != "#nullable enable"));

        (isReleased && unshipped > 0).Should().BeFalse("a release has shipped its public face");
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Checkout.Root, file));

    [GeneratedRegex(@"\]\(([^)]*)\)")]
    private static partial Regex Link();
}
