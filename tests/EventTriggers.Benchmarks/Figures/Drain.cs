namespace EventTriggers.Benchmarks.Figures;

/// <summary>A backlog through the whole loop, one process; also with the default number of handlers at a time.</summary>
internal sealed class Drain : IFigure
{
    public string Name => "drain";

    public bool WarmsUp => true;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        return
        [
            .. await MeasureAsync(Name, server, events, Host.BestConcurrency),
            .. await MeasureAsync($"{Name}.default", server, events, new RedisTriggersOptions().Concurrency),
        ];
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(string name, Server server, int events, int concurrency)
    {
        var handled = new Countdown(events);
        await using var host = await Host.CreateAsync(server, _ => handled.Signal(), options => options.Concurrency = concurrency);
        return await Meter.AgainstLimitAsync(name, server, events, static (bare, events) => bare.DrainAsync(events), () =>
        {
            host.Start();
            return handled.Task;
        }, prepare: static (bare, events) => bare.PublishAsync(events));
    }
}
