namespace EventTriggers.Benchmarks.Figures;

/// <summary>What an event costs the garbage collector from publish to settled, the client library included.</summary>
internal sealed class Allocations : IFigure
{
    public string Name => "allocations";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var warm = events / 10;
        var (first, all) = (new Countdown(warm), new Countdown(warm + events));
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(server, _ =>
        {
            first.Signal();
            all.Signal();
        });
        host.Start();
        await host.PublishManyAsync(warm);
        await first.Task;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await host.PublishManyAsync(events);
        await all.Task;
        return [new(Name, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / events, "bytes/event")];
    }
}
