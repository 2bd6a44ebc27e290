using System.Diagnostics;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// From the call that publishes to the start of the handler, one event each 5 ms; and the same by hand: a script that pushes and rings, and
/// a pop.
/// </summary>
internal sealed class Latency : IFigure
{
    private const int Events = 1000;

    // Compiling and connecting are not what is measured.
    private const int WarmUp = 200;

    private const string PushAndRing = "redis.call('LPUSH', KEYS[1], ARGV[1]) redis.call('PUBLISH', KEYS[1], '1')";

    public string Name => "latency";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var latencies = new Latencies();
        await using var host = await Host.CreateAsync(server, context => latencies.Add(context.Event.Timestamp));
        host.Start();
        await PublishAsync(host, WarmUp);
        await latencies.WaitAsync(WarmUp);
        latencies.Clear();
        await PublishAsync(host, Events);
        await latencies.WaitAsync(Events);
        return [.. latencies.Samples(Name), .. (await BareAsync(server)).Samples($"{Name}.limit")];
    }

    /// <summary>Publishes one event each 5 ms.</summary>
    /// <param name="host">Publishes them.</param>
    /// <param name="events">How many.</param>
    /// <param name="payload">The payload of one that is published at a moment; the usual one if it is not given.</param>
    public static async Task PublishAsync(Host host, int events, Func<long, Payload>? payload = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; i < events && await timer.WaitForNextTickAsync(); i++)
        {
            await host.Bus.PublishAsync((payload ?? Payload.Of)(Stopwatch.GetTimestamp()));
        }
    }

    private static async Task<Latencies> BareAsync(Server server)
    {
        var (latencies, key) = (new Latencies(), $"{server.Prefix}:bare");
        await using var producer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        await using var consumer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var database = consumer.GetDatabase();
        var queue = await consumer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(key));
        var consuming = Task.Run(async () =>
        {
            while (latencies.Count < WarmUp + Events)
            {
                await queue.ReadAsync();
                if (await database.ListRightPopAsync(key) is { HasValue: true } pushed)
                {
                    latencies.Add((long)pushed);
                }
            }
        });
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 0; i < WarmUp + Events && await timer.WaitForNextTickAsync(); i++)
        {
            await producer.GetDatabase().ScriptEvaluateAsync(PushAndRing, [key], [Stopwatch.GetTimestamp()]);
        }

        await consuming;
        return latencies;
    }
}
