using EventTriggers.Tests;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What looking costs: the same for ten browsers as for one, and nothing when none looks.</summary>
public sealed class CostTests(RedisFixture redis)
{
    [Fact]
    public async Task TenBrowsers_AskOnce_AndNoneAskNothing()
    {
        var (groups, clock) = (new CountingGroupStore(), new FakeTimeProvider(DateTimeOffset.UtcNow));
        await using var app = await DashboardApp.StartAsync(redis, services: services =>
            services.AddSingleton<IGroupStore>(groups).AddSingleton<TimeProvider>(clock));
        groups.Asked.Should().Be(0, "no browser looks yet");

        var streams = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => app.SendAsync(Visitor.Viewer, HttpMethod.Get, "/triggers/api/live")));
        var lines = await Task.WhenAll(streams.Select(static async stream => new StreamReader(await stream.Content.ReadAsStreamAsync())));
        await ReadOneAsync(lines);
        groups.Asked.Should().Be(1);

        for (var round = 2; round <= 5; round++)
        {
            await AdvanceUntilAsync(ReadOneAsync(lines), clock);
        }

        // Streams that began their wait on either side of a step of the clock may ask once more.
        groups.Asked.Should().BeInRange(2, 15, "fifty overviews were sent");
        foreach (var stream in streams)
        {
            stream.Dispose();
        }

        // The server learns a little later that a browser has left.
        var (asked, quiet) = (0, 0);
        await Wait.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(3));
                quiet = groups.Asked == asked ? quiet + 1 : 0;
                asked = groups.Asked;
                return quiet == 50;
            },
            "nothing is asked any more");
    }

    private static Task ReadOneAsync(StreamReader[] all) => Task.WhenAll(all.Select(static async lines =>
    {
        (await Wait.ForAsync(lines.ReadLineAsync())).Should().Be("event: overview");
        (await Wait.ForAsync(lines.ReadLineAsync())).Should().StartWith("data: ");
        (await Wait.ForAsync(lines.ReadLineAsync())).Should().BeEmpty();
    }));

    // What is asked has seconds to be answered: on a busy machine the clock must not run through them meanwhile.
    private static async Task AdvanceUntilAsync(Task all, FakeTimeProvider clock)
    {
        while (!all.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(10, CancellationToken.None);
        }

        await all;
    }
}
