using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// A backlog whose handler makes a call of a millisecond: one event in a call, and a hundred, with as many calls at a time. The ratio is
/// that of the rates.
/// </summary>
internal sealed class Batches : IFigure
{
    private const int Concurrency = 4;

    private static readonly TimeSpan Call = TimeSpan.FromMilliseconds(1);

    public string Name => "batches";

    public bool WarmsUp => true;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        // Singly they take about a second for 2500.
        var count = Math.Min(events, 10_000) / 100 * 100;
        var (single, batched) = (new Countdown(count), new Countdown(count));
        var singly = await RateAsync(server, "single", count, single, group => group.AddHandler<Payload>(async (_, token) =>
        {
            await Task.Delay(Call, token);
            single.Signal();
        }));
        var together = await RateAsync(server, "batched", count, batched, group => group.AddBatchHandler<Payload>(async (batch, token) =>
        {
            await Task.Delay(Call, token);
            foreach (var _ in batch)
            {
                batched.Signal();
            }
        }));
        return
        [
            new($"{Name}.single", singly, "events/s"), new($"{Name}.of-100", together, "events/s"),
            new($"{Name}.ratio", together / singly, "times"),
        ];
    }

    private static async Task<double> RateAsync(
        Server server, string name, int events, Countdown countdown, Action<GroupBuilder> add)
    {
        await using var host = await Host.CreateAsync(
            server.ConnectionString, $"{server.Prefix}-{name}", static _ => { }, configure: null, builder => builder.AddGroup(name, group =>
            {
                group.Concurrency = Concurrency;
                add(group);
            }));

        // The first host that subscribes takes over what waits for its groups.
        await host.PublishManyAsync(events);
        var since = TimeProvider.System.GetTimestamp();
        host.Start();
        await countdown.Task;
        return events / TimeProvider.System.GetElapsedTime(since).TotalSeconds;
    }
}
