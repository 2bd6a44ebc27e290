using System.Collections.Concurrent;
using EventTriggers.Tests;
using Microsoft.Playwright;

namespace EventTriggers.Dashboard.Browser;

/// <summary>A page of a dashboard in a browser. Everything that goes wrong in it is collected.</summary>
public sealed class DashboardPage : IAsyncDisposable
{
    private const string WatchViolations =
        "window.violations = [];"
        + "addEventListener('securitypolicyviolation', e => violations.push(`${e.violatedDirective} ${e.blockedURI}`));";

    private readonly IBrowserContext _context;
    private readonly string _address;

    private DashboardPage(IBrowserContext context, IPage page, string address) => (_context, Page, _address) = (context, page, address);

    public IPage Page { get; }

    /// <summary>Gets the errors of the console, and the exceptions of scripts.</summary>
    public ConcurrentQueue<string> Errors { get; } = [];

    /// <summary>Gets the requests of the browser, with what their bodies cost on the wire.</summary>
    public ConcurrentQueue<IRequest> Requests { get; } = [];

    public static async Task<DashboardPage> OpenAsync(IBrowserContext context, string address, string page)
    {
        var opened = new DashboardPage(context, await context.NewPageAsync(), address);
        await opened.Page.AddInitScriptAsync(WatchViolations);
        opened.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened.Errors.Enqueue($"{message.Text} ({message.Location})");
            }
        };
        opened.Page.PageError += (_, error) => opened.Errors.Enqueue(error);
        opened.Page.RequestFinished += (_, request) => opened.Requests.Enqueue(request);
        await opened.GoAsync(page);
        return opened;
    }

    /// <summary>Goes to a page, by its address after the hash, and waits until it has shown its data.</summary>
    public async Task GoAsync(string page)
    {
        await Page.GotoAsync($"{_address}/#/{page}");
        await Page.Locator("main h1").First.WaitForAsync();
        await Page.WaitForFunctionAsync("() => document.querySelector('main').dataset.shown === location.hash");
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>Gets the dialog that is open.</summary>
    public ILocator Dialog => Page.GetByRole(AriaRole.Dialog);

    /// <summary>Presses a button in the dialog that is open.</summary>
    public Task ConfirmAsync(string button) =>
        Dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = button, Exact = true }).ClickAsync();

    /// <summary>Waits for a message of the page.</summary>
    public Task SaysAsync(string text) => Page.Locator(".toast", new PageLocatorOptions { HasTextString = text }).First.WaitForAsync();

    public Task ShowsAsync(string text) => Page.Locator("main").GetByText(text).First.WaitForAsync();

    public async Task<string> TextAsync() => await Page.Locator("main").InnerTextAsync();

    public Task<string[]> ViolationsAsync() => Page.EvaluateAsync<string[]>("() => violations");

    /// <summary>What scrolls sideways, or sticks out of the window, and must not.</summary>
    public Task<string[]> OverflowsAsync() => Page.EvaluateAsync<string[]>(
        """
        () => {
          const found = [];
          const root = document.documentElement;
          if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
          const isScrolling = one => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX);
          const scrolls = one => one && (isScrolling(one) || scrolls(one.parentElement));
          for (const one of document.querySelectorAll('body *')) {
            const box = one.getBoundingClientRect();
            const sticksOut = box.width && box.right > root.clientWidth + 1;
            if (sticksOut && !one.closest('.unseen,.skip') && !scrolls(one.parentElement)) {
              found.push(`${one.tagName}.${one.className} ends at ${Math.round(box.right)}: ${one.textContent.slice(0, 60)}`);
            }
          }
          return found.slice(0, 5);
        }
        """);

    /// <summary>Keeps a picture of the whole page in TestResults/screenshots.</summary>
    public async Task<string> PictureAsync(string name)
    {
        var file = Path.Combine(Checkout.Root, "TestResults", "screenshots", $"{name}.png");
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = file, FullPage = true, Animations = ScreenshotAnimations.Disabled });
        return file;
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
