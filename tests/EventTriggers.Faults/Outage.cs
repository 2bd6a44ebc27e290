using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>A host under traffic while its server is of no use for a while.</summary>
internal sealed class Outage(RedisFixture redis, ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public Task RunAsync(Func<OwnRedis, Task> begin, Func<OwnRedis, Task> end, params string[] settings) =>
        RunAsync(begin, end, TimeSpan.FromSeconds(20), settings);

    public async Task RunAsync(Func<OwnRedis, Task> begin, Func<OwnRedis, Task> end, TimeSpan lease, params string[] settings)
    {
        await using var server = await OwnRedis.StartAsync(redis, settings);
        await using var connection = await server.ConnectAsync();
        await using var traffic = new Traffic(TimeSpan.FromMilliseconds(5));
        await using var host = TestHost.Create(
            redis,
            traffic.Build,
            options =>
            {
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(1);
                (options.LeaseDuration, options.RenewalInterval, options.OperationTimeout) = (lease, lease / 4, TimeSpan.FromSeconds(2));
                options.ProcessedLimit = 1_000_000;
            },
            connection: connection).Start();
        traffic.Start(host.Bus);
        await traffic.FlowsAsync();

        await begin(server);
        await Task.Delay(Length);
        await end(server);
        var resumed = await traffic.FlowsAsync();
        await Wait.UntilAsync(async () => await host.Events.CountAsync() is { Leased: < 32 }, "it works off what waits");
        await traffic.EndAsync(host.Events);

        output.WriteLine(traffic.Report(resumed));
        foreach (var line in host.Log.Texts.Where(
            static text => !text.StartsWith("The outcome of event", StringComparison.Ordinal)).Select(text => text.Split('\n')[0]).GroupBy(
                text => text[..Math.Min(60, text.Length)]))
        {
            output.WriteLine($"  {line.Count()} x {line.Key}");
        }

        traffic.Lost.Should().BeEmpty();
        traffic.Duplicates.Should().Be(0);
        foreach (var state in (string[])["Redis cannot be used", "Redis refuses", "Leases could not be renewed", "The wake-up channel"])
        {
            host.Log.Texts.Count(text => text.StartsWith(state, StringComparison.Ordinal)).Should()
                .BeLessThanOrEqualTo(2, $"'{state}' is said when it changes, not at each attempt");
        }

        host.Log.Texts.Count.Should().BeLessThan(traffic.Accepted.Count + 40, "and one line for each event at the most");
    }
}
