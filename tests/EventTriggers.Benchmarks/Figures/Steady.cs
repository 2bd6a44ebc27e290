namespace EventTriggers.Benchmarks.Figures;

/// <summary>A producer and a consumer at once, in one process.</summary>
internal sealed class Steady : IFigure
{
    public string Name => "steady";

    public bool WarmsUp => true;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var handled = new Countdown(events);
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(
            server, _ => handled.Signal(), static options => options.Concurrency = Host.BestConcurrency);
        return await Meter.AgainstLimitAsync(
            Name,
            server,
            events,
            static (bare, events) => Task.WhenAll(bare.PublishAsync(events), bare.DrainAsync(events)),
            () => Task.WhenAll(host.Start().PublishManyAsync(events), handled.Task));
    }
}
