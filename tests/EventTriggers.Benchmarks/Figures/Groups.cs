using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What groups cost: an idle host with 1 and with 20 of them, in turns; and the latency of a group alone and beside one whose handlers do
/// not end, both in the same minute.
/// </summary>
internal sealed class Groups : IFigure
{
    private const int Events = 1000;
    private const int WarmUp = 200;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(65);

    public string Name => "groups";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events) =>
        [.. await IdleAsync(server, 1), .. await IdleAsync(server, 20), .. await LatencyAsync(server)];

    // A little over a minute: what is done once a minute is part of it.
    private async Task<IReadOnlyList<Sample>> IdleAsync(Server server, int groups)
    {
        await using var host = await Host.CreateAsync(
            server.ConnectionString, $"{server.Prefix}-{groups}", static _ => { }, configure: null, builder =>
            {
                for (var n = 1; n < groups; n++)
                {
                    builder.AddGroup($"group-{n}", static group => group.AddHandler<Payload>(static (_, _) => default));
                }
            });
        host.Start();
        
        // As many deliveries, whatever the number of groups: what is looked through once a minute are deliveries.
        await host.PublishManyAsync(2000 / groups);
        await Task.Delay(TimeSpan.FromSeconds(15));
        var (before, server0, cpu) = (await server.CallsAsync(), await server.CpuAsync(), Environment.CpuUsage.TotalTime);
        await Task.Delay(Span);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        var microseconds = await server.CpuAsync() - server0;
        var calls = Server.SentByClients(before, await server.CallsAsync());
        return
        [
            new($"{Name}.idle.{groups}.commands", calls / Span.TotalSeconds, "commands/s"),
            new($"{Name}.idle.{groups}.cpu", 100 * cpu / Span, "% of a core"),
            new($"{Name}.idle.{groups}.server", microseconds / Span.TotalMicroseconds * 100, "% of a core"),
        ];
    }

    private async Task<IReadOnlyList<Sample>> LatencyAsync(Server server)
    {
        var (alone, beside, end) = (new Latencies(), new Latencies(), new TaskCompletionSource());
        await using var one = await Host.CreateAsync(
            server.ConnectionString, $"{server.Prefix}-alone", context => alone.Add(context.Event.Timestamp), configure: null);
        await using var other = await Host.CreateAsync(
            server.ConnectionString, $"{server.Prefix}-beside", context => beside.Add(context.Event.Timestamp), configure: null,
            builder => builder.AddGroup("stuck", group => group.AddHandler<Payload>(async (_, _) => await end.Task)));
        one.Start();
        other.Start();
        await PublishAsync(one, other, WarmUp);
        await alone.WaitAsync(WarmUp);
        await beside.WaitAsync(WarmUp);
        alone.Clear();
        beside.Clear();
        await PublishAsync(one, other, Events);
        await alone.WaitAsync(Events);
        await beside.WaitAsync(Events);
        end.SetResult();
        return [.. alone.Samples($"{Name}.alone"), .. beside.Samples($"{Name}.beside-stuck")];
    }

    // In turns, each every 10 ms, and each as often first.
    private static async Task PublishAsync(Host one, Host other, int events)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; i < 2 * events && await timer.WaitForNextTickAsync(); i++)
        {
            await (i % 2 == 0 ? one : other).Bus.PublishAsync(Payload.Of(Stopwatch.GetTimestamp()));
        }
    }
}
