namespace EventTriggers.Benchmarks.Figures;

/// <summary>Publishing one a call, from 256 callers.</summary>
internal sealed class Publish : IFigure
{
    public string Name => "publish";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(server, static _ => { });
        return await Meter.AgainstLimitAsync(Name, server, events, static (bare, events) => bare.PublishAsync(events), () =>
            Callers.RunAsync(256, events, _ => host.Bus.PublishAsync(Payload.Of(0)).AsTask()));
    }
}
