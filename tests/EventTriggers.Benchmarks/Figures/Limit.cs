namespace EventTriggers.Benchmarks.Figures;

/// <summary>What the scripts do without the library: the other rates are ratios of these.</summary>
internal sealed class Limit : IFigure
{
    public string Name => "limit";

    public bool WarmsUp => true;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        var bare = new Bare(server.Database, server.Prefix);
        return
        [
            await Meter.RateAsync("limit.publish", server, events, () => bare.PublishAsync(events)),
            await Meter.RateAsync("limit.drain", server, events, () => bare.DrainAsync(events)),
            await Meter.RateAsync("limit.steady", server, events, () => Task.WhenAll(bare.PublishAsync(events), bare.DrainAsync(events))),
        ];
    }
}
