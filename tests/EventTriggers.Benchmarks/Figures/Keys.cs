using System.Diagnostics;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What order by key costs: a backlog without keys, and one of which every hundred events have a key that is handled in order; and the
/// latency of other keys, alone and while 100,000 events of one key wait.
/// </summary>
internal sealed class Keys : IFigure
{
    private const int EventsOfAKey = 100;
    private const int Hot = 100_000;
    private const int Probes = 1000;
    private const int WarmUp = 200;

    public string Name => "keys";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var plain = await DrainAsync(server, events, inOrder: false);
        var ordered = await DrainAsync(server, events, inOrder: true);
        return
        [
            plain, ordered, new Sample($"{Name}.drain.ratio", ordered.Value / plain.Value, "of without keys"),
            .. await LatencyAsync(server, hot: 0), .. await LatencyAsync(server, Hot),
        ];
    }

    private async Task<Sample> DrainAsync(Server server, int events, bool inOrder)
    {
        var (name, handled) = ($"{Name}.drain.{(inOrder ? "in-order" : "plain")}", new Countdown(events + 1));
        await using (var first = await CreateAsync(server, name, inOrder, static _ => { }))
        {
            await SubscribeAsync(first);
        }

        await using var host = await CreateAsync(server, name, inOrder, _ => handled.Signal());
        foreach (var chunk in Enumerable.Range(0, events).Chunk(1000))
        {
            await host.Bus.PublishManyAsync([.. chunk.Select(n => EventToPublish.Of(
                Payload.Of(0), inOrder ? KeyOf($"key-{n % Math.Max(1, events / EventsOfAKey)}") : null))]);
        }

        handled.Signal();
        return await Meter.RateAsync(name, server, events, () =>
        {
            host.Start();
            return handled.Task;
        });
    }

    // The hot key is handled meanwhile, one event after another.
    private async Task<IReadOnlyList<Sample>> LatencyAsync(Server server, int hot)
    {
        var (name, latencies) = ($"{Name}.others.{(hot > 0 ? "beside-hot" : "alone")}", new Latencies());
        await using var host = await CreateAsync(server, name, inOrder: true, context =>
        {
            if (context.Event.Timestamp > 0)
            {
                latencies.Add(context.Event.Timestamp);
            }
        });
        await SubscribeAsync(host);
        if (hot > 0)
        {
            await host.Bus.PublishManyAsync([.. Enumerable.Repeat(Payload.Of(0), hot)], KeyOf("hot"));
        }

        foreach (var count in new[] { WarmUp, Probes })
        {
            latencies.Clear();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(3));
            for (var n = 0; n < count && await timer.WaitForNextTickAsync(); n++)
            {
                await host.Bus.PublishAsync(Payload.Of(Stopwatch.GetTimestamp()), KeyOf($"key-{n % 100}"));
            }

            await latencies.WaitAsync(count);
        }

        return latencies.Samples(name);
    }

    private static PublishOptions KeyOf(string key) => new() { Key = key };

    private static async Task SubscribeAsync(Host host)
    {
        host.Start();
        await host.Bus.PublishAsync(Payload.Of(0));
        await Task.Delay(TimeSpan.FromSeconds(1));
    }

    private static Task<Host> CreateAsync(Server server, string name, bool inOrder, Action<EventContext<Payload>> handle) =>
        Host.CreateAsync(server.ConnectionString, $"{server.Prefix}-{name}", handle, options =>
        {
            options.Concurrency = Host.BestConcurrency;
            options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = inOrder ? 1 : null };
        });
}
