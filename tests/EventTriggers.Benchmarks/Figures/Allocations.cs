namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What an event costs the garbage collector, the client library included: from publish to settled, published in lists; and published by
/// itself.
/// </summary>
internal sealed class Allocations : IFigure
{
    public string Name => "allocations";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        return [await ToSettledAsync(server, events), await PublishOneAsync(server, events)];
    }

    private async Task<Sample> ToSettledAsync(Server server, int events)
    {
        var warm = events / 10;
        var (first, all) = (new Countdown(warm), new Countdown(warm + events));
        await using var host = await Host.CreateAsync(server, _ =>
        {
            first.Signal();
            all.Signal();
        });
        host.Start();
        await host.PublishManyAsync(warm);
        await first.Task;
        return await MeasureAsync(Name, events, async () =>
        {
            await host.PublishManyAsync(events);
            await all.Task;
        });
    }

    private async Task<Sample> PublishOneAsync(Server server, int events)
    {
        await using var host = await Host.CreateAsync(server, static _ => { });
        await host.PublishAsync(events / 10);
        return await MeasureAsync($"{Name}.publish", events, () => host.PublishAsync(events));
    }

    private static async Task<Sample> MeasureAsync(string name, int events, Func<Task> work)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await work();
        return new Sample(name, (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / events, "bytes/event");
    }
}
