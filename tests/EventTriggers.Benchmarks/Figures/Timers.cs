namespace EventTriggers.Benchmarks.Figures;

/// <summary>One-shot triggers due over 20 s: how late their handlers start, and what they cost the server.</summary>
internal sealed class Timers : IFigure
{
    private const int Triggers = 5000;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(20);

    public string Name => "timers";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var lateness = new Latencies();
        await using var host = await Host.CreateAsync(server, context => lateness.Add(DateTimeOffset.UtcNow - context.Firing!.DueAt));
        host.Start();
        var first = DateTimeOffset.UtcNow.AddSeconds(4);
        await Callers.RunAsync(
            64, Triggers, i => host.Triggers.AddAsync(Trigger.At(first + (Span * i / Triggers)).Publish(Payload.Of(0))).AsTask());
        if (DateTimeOffset.UtcNow > first)
        {
            throw new InvalidOperationException("Adding the triggers took longer than the time until the first.");
        }

        var before = await server.CallsAsync();
        var cpu = await server.CpuAsync();
        await lateness.WaitAsync(Triggers);
        var calls = Server.SentByClients(before, await server.CallsAsync());
        return
        [
            .. lateness.Samples(Name),
            new($"{Name}.earliest", lateness.Percentile(0), "ms"),
            new($"{Name}.commands", (double)calls / Triggers, "commands/trigger", (await server.CpuAsync() - cpu) / Triggers),
        ];
    }
}
