using System.Diagnostics;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What an event costs the server, and how many calls it takes, with one partition and with several, and as consumers are added; and from
/// the call that publishes to the start of the handler. On a cluster, with one, with a partition for each master, and with two for each.
/// </summary>
internal sealed class Partitions : IFigure
{
    private const int WarmUp = 10_000;
    private const int PerSecond = 1000;
    private static readonly (int Producers, int Consumers)[] Fleets = [(1, 2), (1, 16), (4, 2)];

    public string Name => "partitions";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var samples = new List<Sample>();
        foreach (var partitions in (int[])(server.Masters == 1 ? [1, 6] : [1, server.Masters, 2 * server.Masters]))
        {
            var name = $"{Name}.{partitions}-on-{server.Masters}";
            foreach (var (producers, consumers) in Fleets)
            {
                await using var fleet = await Fleet.StartAsync(
                    server, $"{server.Prefix}-{partitions}-{producers}-{consumers}", partitions, producers, consumers);
                await fleet.RunAsync(WarmUp, static (host, count) => host.PublishManyAsync(count));
                if ((producers, consumers) == Fleets[0])
                {
                    samples.AddRange(await MeasureAsync(
                        server, fleet, $"{name}.flow", events, static (host, count) => host.PublishManyAsync(count)));
                }

                fleet.Latencies.Clear();
                var which = $"{name}.slow-{producers}-to-{consumers}";
                samples.AddRange(await MeasureAsync(
                    server, fleet, which, 4 * PerSecond, (host, count) => PublishSlowlyAsync(host, count, PerSecond / producers)));
                samples.AddRange(fleet.Latencies.Samples($"{which}.latency"));
            }
        }

        return samples;
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(
        Server server, Fleet fleet, string name, int events, Func<Host, int, Task> publish)
    {
        var before = await server.CallsAsync();
        var rate = await Meter.RateAsync(name, server, events, () => fleet.RunAsync(events, publish));
        var sent = Server.SentByClients(before, await server.CallsAsync());
        return [rate, new($"{name}.calls", sent / (double)events, "calls an event")];
    }

    // One a call, so many a second.
    private static async Task PublishSlowlyAsync(Host host, int events, int perSecond)
    {
        var (since, published) = (Stopwatch.GetTimestamp(), new List<Task>(events));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (published.Count < events && await timer.WaitForNextTickAsync())
        {
            for (var due = Stopwatch.GetElapsedTime(since).TotalSeconds * perSecond; published.Count < Math.Min(due, events);)
            {
                published.Add(host.Bus.PublishAsync(Payload.Of(Stopwatch.GetTimestamp())).AsTask());
            }
        }

        await Task.WhenAll(published);
    }
}
