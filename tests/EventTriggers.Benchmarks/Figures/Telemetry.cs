using System.Diagnostics;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>What tracing costs: rates with a listener that takes every span, and without one, in turns in one run.</summary>
internal sealed class Telemetry : IFigure
{
    // Off, on, on, off, and again: what drifts meanwhile hits both alike.
    private static readonly bool[] Turns = [.. Enumerable.Range(0, 16).Select(static turn => turn % 4 is 1 or 2)];

    public string Name => "telemetry";

    public bool WarmsUp => true;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        await server.SubscribeAsync();
        return
        [
            .. await CompareAsync("telemetry.publish", server, events, static (host, events) =>
                Callers.RunAsync(256, events, _ => host.Bus.PublishAsync(Payload.Of(0)).AsTask())),
            .. await CompareAsync("telemetry.publish-many", server, events, static (host, events) => host.PublishManyAsync(events)),
            .. await CompareDrainAsync(server, events),
        ];
    }

    private static async Task<IReadOnlyList<Sample>> CompareAsync(string name, Server server, int events, Func<Host, int, Task> publish)
    {
        await using var host = await Host.CreateAsync(server, static _ => { });
        return await CompareAsync(name, events / Turns.Length, () => Meter.RateAsync(
            name, server, events / Turns.Length, () => publish(host, events / Turns.Length)));
    }

    // Each turn drains what was published in the same way, so that its deliveries have a context or none.
    private static Task<IReadOnlyList<Sample>> CompareDrainAsync(Server server, int events) =>
        CompareAsync("telemetry.drain", events / Turns.Length, async () =>
        {
            await server.ClearAsync();
            await server.SubscribeAsync();
            var handled = new Countdown(events / Turns.Length);
            await using var host = await Host.CreateAsync(
                server, _ => handled.Signal(), static options => options.Concurrency = Host.BestConcurrency);
            await host.PublishManyAsync(events / Turns.Length);
            return await Meter.RateAsync("telemetry.drain", server, events / Turns.Length, () =>
            {
                host.Start();
                return handled.Task;
            });
        });

    private static async Task<IReadOnlyList<Sample>> CompareAsync(string name, int eventsATurn, Func<Task<Sample>> measure)
    {
        var (samples, costs) = (new List<(bool IsOn, Sample Sample)>(), new List<(bool IsOn, Sample Sample)>());
        foreach (var isOn in Turns)
        {
            using var listener = isOn ? Listen() : null;
            var before = Environment.CpuUsage.TotalTime;
            samples.Add((isOn, await measure()));
            var used = Environment.CpuUsage.TotalTime - before;
            costs.Add((isOn, new Sample(name, used.TotalMicroseconds / eventsATurn, "us/event")));
        }

        var (with, without) = (Median(samples, isOn: true), Median(samples, isOn: false));
        return
        [
            with with { Name = $"{name}.on" }, without with { Name = $"{name}.off" },
            new($"{name}.ratio", with.Value / without.Value, "of without"),
            Median(costs, isOn: true) with { Name = $"{name}.client.on" }, Median(costs, isOn: false) with { Name = $"{name}.client.off" },
        ];
    }

    private static Sample Median(IEnumerable<(bool IsOn, Sample Sample)> samples, bool isOn)
    {
        var same = samples.Where(one => one.IsOn == isOn).Select(static one => one.Sample).ToArray();
        return same[0] with
        {
            Value = same.Select(static sample => sample.Value).Order().ElementAt(same.Length / 2),
            ServerMicroseconds = same.Select(static sample => sample.ServerMicroseconds).Order().ElementAt(same.Length / 2),
        };
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "EventTriggers",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
