using System.Diagnostics;
using System.Text;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// Triggers over time: a rule for each of as many keys as half the events of the command line, first filled as fast as it goes, and then
/// shown 10 000 events a second of random keys for five seconds, while each key still counts or waits.
/// </summary>
internal sealed class Patterns : IFigure
{
    private const int PerSecond = 10_000;
    private const int Seconds = 5;
    private const int Batch = 100;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public string Name => "patterns";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var on = () => Trigger.On("tick").Per("key");
        return
        [
            .. await MeasureAsync(server, "count", on().Count(5).Within(Hour), events / 2),
            .. await MeasureAsync(server, "sequence", on().FollowedBy("tick").Within(Hour), events / 2),
            .. await MeasureAsync(server, "absence", on().NotFollowedBy("tick").Within(Hour), events / 2),
        ];
    }

    private async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, string rule, TriggerOn trigger, int keys)
    {
        await server.ClearAsync();
        var lateness = new Latencies();
        await using var host = await Host.CreateAsync(server, context => lateness.Add(DateTimeOffset.UtcNow - context.Firing!.DueAt));
        var id = await host.Triggers.AddAsync(trigger.Publish(Payload.Of(0)));
        host.Start();
        await FillAsync(host, server, Math.Max(1000, keys / 20), first: keys);
        var (empty, cpu, clock) = (await server.MemoryAsync(), await server.CpuAsync(), Stopwatch.StartNew());
        await FillAsync(host, server, keys, first: 0);
        var (rate, filling, full) = (keys / clock.Elapsed.TotalSeconds, (await server.CpuAsync() - cpu) / keys, await server.MemoryAsync());

        lateness.Clear();
        var (random, behind) = (new Random(1), 0.0);
        (cpu, clock) = (await server.CpuAsync(), Stopwatch.StartNew());
        for (var sent = 0; sent < PerSecond * Seconds; sent += Batch)
        {
            await host.PublishRawAsync("tick", [.. Enumerable.Range(0, Batch).Select(_ => Json(random.Next(keys)))]);
            if (TimeSpan.FromSeconds((double)sent / PerSecond) - clock.Elapsed is var early && early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }
        }

        var ended = clock.Elapsed.TotalSeconds;
        await MatchedAsync(server);
        behind = clock.Elapsed.TotalSeconds - ended;
        var spent = (await server.CpuAsync() - cpu) / (PerSecond * Seconds);
        var fired = (await host.Triggers.FindAsync(id))!.FiringCount;
        return
        [
            new($"{Name}.{rule}.fill", rate, "events/s", filling),
            new($"{Name}.{rule}.memory", (full - empty) / keys, "bytes/key"),
            new($"{Name}.{rule}.at10k", PerSecond * Seconds / ended, "events/s", spent),
            new($"{Name}.{rule}.behind", behind * 1000, "ms"),
            new($"{Name}.{rule}.fired", fired, "firings"),
            .. lateness.Count > 0 ? lateness.Samples($"{Name}.{rule}.lateness") : [],
        ];
    }

    private static async Task FillAsync(Host host, Server server, int keys, int first)
    {
        await Callers.RunAsync(
            8, keys / Batch, n => host.PublishRawAsync("tick", [.. Enumerable.Range(0, Batch).Select(i => Json(first + (n * Batch) + i))]));
        await MatchedAsync(server);
    }

    private static ReadOnlyMemory<byte> Json(int key) =>
        Encoding.UTF8.GetBytes($$"""{"key":{{key}},"text":"what else an event holds, as events do"}""");

    // Until nothing waits for the matcher.
    private static async Task MatchedAsync(Server server)
    {
        while (await server.WaitingAsync("$triggers") > 0)
        {
            await Task.Delay(1);
        }
    }
}
