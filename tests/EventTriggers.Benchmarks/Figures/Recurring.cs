using System.Diagnostics;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// Many stored triggers, of which a thousand a second are due, and sixteen consumers that could fire them: five one-shot triggers for
/// tomorrow for each event of the command line, and intervals of ten seconds. And a few cron expressions of each second, with one consumer
/// and nothing else to do.
/// </summary>
internal sealed class Recurring : IFigure
{
    private const int Consumers = 16;
    private const int Quiet = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    public string Name => "recurring";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        return [.. await QuietAsync(server), .. await CrowdedAsync(server, 5 * events, Math.Max(100, events / 20))];
    }

    private async Task<IReadOnlyList<Sample>> QuietAsync(Server server)
    {
        const int Seconds = 10;
        var lateness = new Latencies();
        await using var host = await Host.CreateAsync(server, context => lateness.Add(DateTimeOffset.UtcNow - context.Firing!.DueAt));
        host.Start();
        for (var n = 0; n < Quiet; n++)
        {
            await host.Triggers.AddAsync(
                Trigger.Cron("* * * * * *").WithId($"cron-{n}").Jitter(TimeSpan.FromMilliseconds(999)).MaxFirings(Seconds)
                    .Publish(Payload.Of(0)));
        }

        await lateness.WaitAsync(Quiet * Seconds);
        return lateness.Samples($"{Name}.cron");
    }

    private async Task<IReadOnlyList<Sample>> CrowdedAsync(Server server, int oneShots, int recurring)
    {
        await using var adding = await Host.CreateAsync(server, static _ => { });
        var empty = await server.MemoryAsync();
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        var started = Stopwatch.GetTimestamp();
        await Callers.RunAsync(
            256, oneShots, i => adding.Triggers.AddAsync(Trigger.At(tomorrow.AddMilliseconds(i)).Publish(Payload.Of(0))).AsTask());
        var added = oneShots / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var stored = await server.MemoryAsync();

        // Long enough that all are stored before the first is due.
        var first = DateTimeOffset.UtcNow.AddSeconds(5);
        await Callers.RunAsync(64, recurring, i => adding.Triggers.AddAsync(
            Trigger.Every(Interval).StartingAt(first + (Interval * i / recurring)).WithId($"every-{i}").Publish(Payload.Of(0))).AsTask());
        var all = await server.MemoryAsync();

        var lateness = new Latencies();
        var hosts = new List<Host>();
        for (var n = 0; n < Consumers; n++)
        {
            hosts.Add((await Host.CreateAsync(server, context => lateness.Add(DateTimeOffset.UtcNow - context.Firing!.DueAt))).Start());
        }

        // One round warms up.
        await lateness.WaitAsync(recurring);
        lateness.Clear();
        var (before, cpu) = (await server.CallsAsync(), await server.CpuAsync());
        await lateness.WaitAsync(recurring * 2);
        var (calls, spent, fired) = (
            Server.SentByClients(before, await server.CallsAsync()), await server.CpuAsync() - cpu, lateness.Count);
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        return
        [
            .. lateness.Samples(Name),
            new($"{Name}.earliest", lateness.Percentile(0), "ms"),
            new($"{Name}.commands", (double)calls / fired, "commands/trigger", spent / fired),
            new($"{Name}.add", added, "triggers/s"),
            new($"{Name}.one-shot", (stored - empty) / oneShots, "bytes"),
            new($"{Name}.interval", (all - stored) / recurring, "bytes"),
        ];
    }
}
