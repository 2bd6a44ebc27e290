using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace EventTriggers.Dashboard.Browser;

/// <summary>
/// Every page at two widths and in both themes: nothing sticks out, nothing fails, everything has a name, and no text of an event is run.
/// </summary>
public sealed class PageTests(Stage stage) : IClassFixture<Stage>
{
    private static readonly AxeRunOptions ContrastOnly = new() { RunOnly = RunOnlyOptions.Rules("color-contrast") };

    public static TheoryData<string, string> Pages => new()
    {
        { "overview", "overview" },
        { "deliveries", "deliveries?group=default&status=Dead" },
        { "deliveries-long", $"deliveries?group={Names.LongGroup}" },
        { "deliveries-none", "deliveries?group=default&status=Dead&errorContains=nothing-like-it" },
        { "keys", "keys?group=ordered" },
        { "limits", "limits" },
        { "keys-none", "keys?group=default" },
        { "deliveries-key", $"deliveries?group=ordered&key={Names.LongKey}" },
        { "event", $"event?id={Uri.EscapeDataString(Stage.HostileEvent)}" },
        { "event-large", $"event?id={Uri.EscapeDataString(Stage.LargeEvent)}" },
        { "event-raised", $"event?id={Uri.EscapeDataString(Stage.RaisedEvent)}" },
        { "event-none", "event?id=none" },
        { "unrouted", "unrouted" },
        { "triggers", "triggers" },
        { "trigger-cron", "trigger?id=nightly" },
        { "trigger-on", "trigger?id=watch-orders&event=plain%2F1" },
        { "trigger-over-time", "trigger?id=many-orders" },
        { "upcoming", "upcoming" },
        { "types", "types" },
        { "type", "type?name=order.placed" },
        { "type-long", $"type?name={Names.LongType}" },
        { "consumers", "consumers" },
        { "server", "server" },
        { "audit", "audit" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task EachPage_IsFitToBeSeen(string name, string address)
    {
        List<string> problems = [];
        foreach (var width in new[] { 360, 1280 })
        {
            var page = await stage.ShowAsync(address, width);
            foreach (var theme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.Page.EmulateMediaAsync(
                    new PageEmulateMediaOptions { ColorScheme = theme, ReducedMotion = ReducedMotion.Reduce });
                await page.PictureAsync($"{name}-{width}-{theme.ToString().ToLowerInvariant()}");
                if (width > 1000)
                {
                    // Everything once; what another theme changes is contrast.
                    var found = await page.Page.RunAxe(theme == ColorScheme.Light ? null : ContrastOnly);
                    problems.AddRange(found.Violations.Select(one => $"{theme}: {Describe(one)}"));
                }
            }

            problems.AddRange((await page.OverflowsAsync()).Select(found => $"{width}: {found}"));
            problems.AddRange((await page.ViolationsAsync()).Select(found => $"{width}: violates the policy: {found}"));
            problems.AddRange(page.Errors.Where(error => !IsExpected(name, error)));
            if ((await page.Page.InnerTextAsync("body")).Contains("[object ", StringComparison.Ordinal))
            {
                problems.Add($"{width}: an object is shown as text");
            }
            if (await page.Page.EvaluateAsync<bool>("() => 'hacked' in window || 'polluted' in {}"))
            {
                problems.Add("a text of an event was run");
            }
        }

        problems.Should().BeEmpty();
    }

    // Every object has a member of that name, which is no page: a link could show its own text, and no other page after it.
    [Fact]
    public async Task AnAddressOfNoPage_ShowsTheOverview()
    {
        var page = await stage.ShowAsync("constructor?element=said-by-a-link&dispose=1", 1280);

        (await page.Page.Locator("h1").TextContentAsync()).Should().Be("Overview");
    }

    // Chromium itself says that a request was answered with 404.
    private static bool IsExpected(string name, string error) =>
        name == "event-none" && error.Contains("404", StringComparison.Ordinal);

    private static string Describe(AxeResultItem found) =>
        $"{found.Id}: {found.Help} {string.Join(" | ", found.Nodes.Take(3).Select(static node => node.Html))}";
}
