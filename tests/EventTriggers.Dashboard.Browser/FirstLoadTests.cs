using EventTriggers.Dashboard.Tests;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Browser;

/// <summary>What a first visit costs: requests, bytes on the wire, and the assembly.</summary>
public sealed class FirstLoadTests(RedisFixture redis, Chromium chromium)
{
    private const int MostBytes = 150 * 1024;

    [Fact]
    public async Task AFirstVisit_IsSmall()
    {
        await using var app = await DashboardApp.StartAsync(redis, static bus => bus.AddHandler<OrderPlaced>(static (_, _) => default));
        await using var page = await chromium.OpenAsync(app.Address);
        await page.Page.Locator(".stream.live").WaitForAsync();

        var bytes = 0L;
        foreach (var request in page.Requests)
        {
            var sizes = await request.SizesAsync();
            bytes += sizes.ResponseBodySize + sizes.ResponseHeadersSize;
        }

        var assembly = new FileInfo(typeof(EventTriggersDashboardOptions).Assembly.Location).Length;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"first visit: {page.Requests.Count} requests, {bytes:N0} bytes; the assembly: {assembly:N0} bytes");
        bytes.Should().BeLessThan(MostBytes);
        page.Requests.Should().OnlyContain(
            request => request.Url.StartsWith(app.Address, StringComparison.Ordinal), "nothing comes from elsewhere");
    }
}
