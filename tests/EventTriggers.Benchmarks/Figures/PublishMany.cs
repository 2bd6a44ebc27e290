namespace EventTriggers.Benchmarks.Figures;

/// <summary>Publishing 100 a call, from 8 callers.</summary>
internal sealed class PublishMany : IFigure
{
    public string Name => "publish-many";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(server, static _ => { });
        return await Meter.AgainstLimitAsync(Name, server, events, static (bare, events) => bare.PublishAsync(events), () => host.PublishManyAsync(events));
    }
}
