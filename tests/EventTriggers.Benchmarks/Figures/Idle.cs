namespace EventTriggers.Benchmarks.Figures;

/// <summary>A process that has nothing to do, for 20 s.</summary>
internal sealed class Idle : IFigure
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(20);

    public string Name => "idle";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await using var host = await Host.CreateAsync(server, static _ => { });
        host.Start();

        // It has started, and what it runs is compiled, which goes on in the background for a while.
        await host.PublishManyAsync(10_000);
        await Task.Delay(TimeSpan.FromSeconds(15));
        var before = await server.CallsAsync();
        var cpu = Environment.CpuUsage.TotalTime;
        await Task.Delay(Span);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var calls = Server.SentByClients(before, await server.CallsAsync());
        return
        [
            new($"{Name}.commands", calls / Span.TotalSeconds, "commands/s"),
            new($"{Name}.cpu", 100 * cpu / Span, "% of a core"),
        ];
    }
}
