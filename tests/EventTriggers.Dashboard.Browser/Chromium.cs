using EventTriggers.Dashboard.Browser;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace EventTriggers.Dashboard.Browser;

/// <summary>One browser for all tests: the machine's own Chromium. Each test has a profile of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    // A container has neither a graphics card nor a sandbox for root; and the browser must not talk to anyone but the tests.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static string? Executable => new[] { Environment.GetEnvironmentVariable("EVENTTRIGGERS_CHROMIUM"), "/usr/bin/chromium" }
        .FirstOrDefault(static path => File.Exists(path));

    public async ValueTask InitializeAsync()
    {
        if (Executable is { } path)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(
                new BrowserTypeLaunchOptions { ExecutablePath = path, Args = Arguments });
        }
    }

    /// <summary>Opens a page of a dashboard, as a user with the given name and role.</summary>
    public async Task<DashboardPage> OpenAsync(
        string origin, string page = "overview", string user = "operator", int width = 1280, string path = "/triggers")
    {
        if (_browser is null)
        {
            Assert.Skip("There is no browser: install Debian's chromium, or set EVENTTRIGGERS_CHROMIUM to the path of one.");
        }

        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ExtraHTTPHeaders = new Dictionary<string, string> { ["X-Test-User"] = user },
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = ColorScheme.Light,
            Locale = "en-GB",
            TimezoneId = "Europe/Berlin",
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(20_000);
        return await DashboardPage.OpenAsync(context, origin + path, page);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
