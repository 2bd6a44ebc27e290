using EventTriggers.Dashboard.Tests;
using EventTriggers.Faults;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Dashboard.Browser;

/// <summary>A page outlives what it needs: it says what is away, and goes on by itself.</summary>
public sealed class AwayTests(RedisFixture redis, Chromium chromium)
{
    [Fact]
    public async Task WhileRedisIsAway_ThePageSaysSo_KeepsWhatItShows_AndGoesOnByItself()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(
            $"{redis.HostThrough(proxy.ConnectionString)},abortConnect=false,asyncTimeout=1000,connectTimeout=1000");
        await using var app = await StartAsync(connection);
        await using var page = await chromium.OpenAsync(app.Address);
        await page.Page.Locator(".stream.live").WaitForAsync();

        await proxy.RetargetAsync("127.0.0.1:1");
        await page.Page.Locator("#banner", new() { HasTextString = "Redis" }).WaitForAsync();
        await page.Page.Locator(".stream.away").WaitForAsync();
        (await page.TextAsync()).Should().Contain("default", "what was shown is still shown");

        await proxy.RetargetAsync(redis.Server.ConnectionString);
        await page.Page.Locator(".stream.live").WaitForAsync(new() { Timeout = 60_000 });
        await page.Page.WaitForFunctionAsync("() => !document.querySelector('#banner').textContent");
    }

    [Fact]
    public async Task WhileTheApplicationIsAway_ThePageSaysSo_AndGoesOnByItself()
    {
        await using var app = await StartAsync(null);
        await using var page = await chromium.OpenAsync(app.Address);
        await page.Page.Locator(".stream.live").WaitForAsync();

        // An open stream is not cut by a browser that goes offline: the page is told when it is to come again.
        await page.Page.Context.SetOfflineAsync(true);
        await page.Page.EvaluateAsync("() => document.querySelector('[aria-label=\"Stop refreshing\"]').click()");
        await page.Page.EvaluateAsync("() => document.querySelector('[aria-label=\"Refresh again\"]').click()");
        await page.Page.Locator("#banner", new() { HasTextString = "The application does not answer" }).WaitForAsync();

        await page.Page.Context.SetOfflineAsync(false);
        await page.Page.Locator(".stream.live").WaitForAsync(new() { Timeout = 60_000 });
        await page.Page.WaitForFunctionAsync("() => !document.querySelector('#banner').textContent");
    }

    [Fact]
    public async Task AReload_InTheMiddle_ShowsTheSamePage_WithItsFilters()
    {
        await using var app = await StartAsync(null);
        await app.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "later/1", Delay = TimeSpan.FromHours(1) });
        await using var page = await chromium.OpenAsync(app.Address, "deliveries?group=default&status=Delayed&idPrefix=later");
        await page.Button("Cancel later/1").ClickAsync();
        await page.Dialog.WaitForAsync();

        await page.Page.ReloadAsync();

        await page.Button("Cancel later/1").WaitForAsync();
        (await page.Dialog.CountAsync()).Should().Be(0);
        (await page.Page.GetByLabel("Status").InputValueAsync()).Should().Be("Delayed");
        (await page.Page.GetByLabel("Id begins with").InputValueAsync()).Should().Be("later");
        (await app.Services.GetRequiredService<IEventStore>().CountAsync("default")).Delayed.Should().Be(1, "nothing was confirmed");
        page.Errors.Should().BeEmpty();
    }

    // What is being read, and where the focus is, stays where it is while numbers change.
    [Fact]
    public async Task ATable_KeepsItsRowsAndTheFocus_WhenItIsRefreshed()
    {
        await using var app = await StartAsync(null);
        await using var page = await chromium.OpenAsync(app.Address);
        await page.Button("Pause default").FocusAsync();
        var top = await TopAsync(page);

        await app.Services.GetRequiredService<IGroupStore>().PauseAsync("$triggers");
        await app.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        await page.Page.Locator("main td a[href='#/deliveries?group=default&status=Delayed']").WaitForAsync();

        (await page.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label')")).Should().Be("Pause default");
        (await TopAsync(page)).Should().BeGreaterThanOrEqualTo(top, "only what is wrong now has come above it");
    }

    private Task<DashboardApp> StartAsync(IConnectionMultiplexer? connection) => DashboardApp.StartAsync(
        redis, static bus => bus.AddHandler<OrderPlaced>(static (_, _) => default), connection: connection,
        options: static options => options.OperationTimeout = TimeSpan.FromSeconds(2));

    private static Task<float> TopAsync(DashboardPage page) =>
        page.Page.EvaluateAsync<float>("() => document.querySelector('main table').getBoundingClientRect().top");
}
