namespace EventTriggers.Benchmarks.Figures;

/// <summary>Publishing, in the way that it is given.</summary>
internal sealed class Publish : IFigure
{
    private readonly Func<Host, int, Task> _publish;

    private Publish(string name, Func<Host, int, Task> publish) => (Name, _publish) = (name, publish);

    public string Name { get; }

    public bool WarmsUp => true;

    /// <summary>Publishing one a call, from 256 callers.</summary>
    public static Publish One() => new("publish", static (host, events) => host.PublishAsync(events));

    /// <summary>Publishing 100 a call, from 8 callers.</summary>
    public static Publish Many() => new("publish-many", static (host, events) => host.PublishManyAsync(events));

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        await using var host = await Host.CreateAsync(server, static _ => { });
        return await Meter.AgainstLimitAsync(
            Name, server, events, static (bare, events) => bare.PublishAsync(events), () => _publish(host, events));
    }
}
