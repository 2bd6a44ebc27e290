using System.Collections.Concurrent;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>Triggers that are all due in the same second.</summary>
internal sealed class Herd : IFigure
{
    private const int Triggers = 100_000;

    public string Name => "herd";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var (fired, done) = (new ConcurrentDictionary<string, int>(), new Countdown(Triggers));
        await using var host = await Host.CreateAsync(server, context =>
        {
            fired.AddOrUpdate(context.Firing!.TriggerId, 1, static (_, times) => times + 1);
            done.Signal();
        }, static options => options.Concurrency = Host.BestConcurrency);
        await using var adding = await Host.CreateAsync(server, static _ => { });
        await server.SubscribeAsync();
        var due = DateTimeOffset.UtcNow.AddSeconds(15);
        await Callers.RunAsync(
            256, Triggers, i => adding.Triggers.AddAsync(Trigger.At(due.AddMilliseconds(i % 1000)).Publish(Payload.Of(0))).AsTask());
        host.Start();
        if (DateTimeOffset.UtcNow > due)
        {
            throw new InvalidOperationException("Adding the triggers took longer than the time until they are due.");
        }

        await server.WatchSlownessAsync();
        var cpu = await server.CpuAsync();
        await done.Task;
        var drained = DateTimeOffset.UtcNow - due;
        if (fired.Count != Triggers || fired.Values.Any(static times => times != 1))
        {
            throw new InvalidOperationException("A trigger did not fire exactly once.");
        }

        var (cost, slowest) = ((await server.CpuAsync() - cpu) / Triggers, await server.SlowestAsync());
        return
        [
            new(Name, drained.TotalSeconds, "s", cost),
            new($"{Name}.longest-script", slowest.TotalMilliseconds, "ms"),
            new($"{Name}.longest-stall", Meter.LongestStall(TimeSpan.FromSeconds(5)).TotalMilliseconds, "ms"),
        ];
    }
}
