using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Browser;

/// <summary>
/// Takes the picture of the documentation from a sample that runs: EVENTTRIGGERS_SAMPLE is the address of its dashboard, such as
/// http://localhost:5000/triggers. Let it run for some minutes before, so that its charts have something to show.
/// </summary>
public sealed class SamplePicture(Chromium chromium)
{
    private const int MostBytes = 150 * 1024;

    [Fact]
    public async Task TheOverviewOfTheSample_IsKept_ForTheDocumentation()
    {
        var sample = Environment.GetEnvironmentVariable("EVENTTRIGGERS_SAMPLE");
        Assert.SkipWhen(string.IsNullOrEmpty(sample), "Set EVENTTRIGGERS_SAMPLE to the address of the dashboard of samples/Dashboard.");
        await using var page = await chromium.OpenAsync(sample!.TrimEnd('/'), width: 1180, path: string.Empty);
        await page.Button("Hour").ClickAsync();
        await page.Page.GetByText("in the last hour").WaitForAsync();

        var taken = await page.PictureAsync("sample");

        new FileInfo(taken).Length.Should().BeLessThan(MostBytes);
        page.Errors.Should().BeEmpty();
        File.Copy(taken, Path.Combine(Checkout.Root, "docs", "images", "dashboard.png"), overwrite: true);
    }
}
