namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// A backlog through the whole loop, one process; also with the default number of handlers at a time, and where no success is remembered.
/// </summary>
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
            .. await MeasureAsync($"{Name}.unkept", server, events, Host.BestConcurrency, kept: 0),
        ];
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(
        string name, Server server, int events, int concurrency, int? kept = null)
    {
        var handled = new Countdown(events);
        await using var host = await Host.CreateAsync(
            server, _ => handled.Signal(),
            options => (options.Concurrency, options.ProcessedLimit) = (concurrency, kept ?? options.ProcessedLimit));
        return await Meter.AgainstLimitAsync(name, server, events, static (bare, events) => bare.DrainAsync(events), () =>
        {
            host.Start();
            return handled.Task;
        }, prepare: static (bare, events) => bare.PublishAsync(events));
    }
}
