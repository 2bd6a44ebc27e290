using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// From the call that publishes an event of high priority to the start of its handler, one each 5 ms: while nothing else waits, and behind
/// a million events of normal priority. Handlers take 10 ms, so that all are busy while the million wait.
/// </summary>
internal sealed class Priorities : IFigure
{
    private const int Waiting = 1_000_000;
    private const int Probes = 1000;
    private const int WarmUp = 200;

    public string Name => "priorities";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events) =>
        [.. await LatencyAsync(server, waiting: 0), .. await LatencyAsync(server, Waiting)];

    private async Task<IReadOnlyList<Sample>> LatencyAsync(Server server, int waiting)
    {
        var (name, latencies) = ($"{Name}.high.{(waiting > 0 ? "behind-a-million" : "alone")}", new Latencies());
        await using var host = await Host.CreateAsync(
            server.ConnectionString, $"{server.Prefix}-{name}",
            handle: context =>
            {
                if (context.Event.Timestamp > 0)
                {
                    latencies.Add(context.Event.Timestamp);
                }
            },
            configure: static options => options.Concurrency = 32, build: static build => build.AddMiddleware<Work>());
        host.Start();
        await host.Bus.PublishAsync(Payload.Of(0));
        await Task.Delay(TimeSpan.FromSeconds(1));
        await host.PublishManyAsync(waiting);
        foreach (var count in new[] { WarmUp, Probes })
        {
            latencies.Clear();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            for (var n = 0; n < count && await timer.WaitForNextTickAsync(); n++)
            {
                await host.Bus.PublishAsync(Payload.Of(Stopwatch.GetTimestamp()), new() { Priority = Priority.High });
            }

            await latencies.WaitAsync(count);
        }

        return latencies.Samples(name);
    }

    private sealed class Work : IHandlerMiddleware
    {
        public async ValueTask InvokeAsync(EventContext context, HandlerDelegate next, CancellationToken cancellationToken)
        {
            await next(context, cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
    }
}
