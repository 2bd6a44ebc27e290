namespace EventTriggers.Benchmarks.Figures;

/// <summary>A backlog through the whole loop, one process.</summary>
internal sealed class Drain : IFigure
{
    public string Name => "drain";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var handled = new Countdown(events);
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(server, _ => handled.Signal());
        return await Meter.AgainstLimitAsync(Name, server, events, static (bare, events) => bare.DrainAsync(events), () =>
        {
            host.Start();
            return handled.Task;
        }, prepare: static (bare, events) => bare.PublishAsync(events));
    }
}
