using System.Diagnostics;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// Drain and latency beside many events that wait for tomorrow, and with several consumer processes; and what as many processes drain
/// without the library.
/// </summary>
internal sealed class Scale : IFigure
{
    /// <summary>Names, on a command line, a consumer process.</summary>
    public const string Consume = "consume";

    /// <summary>Names one without the library.</summary>
    public const string ConsumeBare = "consume-bare";

    private static readonly int[] Pending = [10, 10_000, 1_000_000];
    private static readonly int[] Processes = [1, 4, 16];

    public string Name => "scale";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var samples = new List<Sample>();
        await server.SubscribeAsync();
        foreach (var processes in Processes)
        {
            samples.AddRange(await MeasureAsync(server, events, processes, $"{Name}.processes-{processes}"));
        }

        var there = 0;
        foreach (var pending in Pending)
        {
            await WaitForTomorrowAsync(server, pending - there);
            there = pending;
            samples.AddRange(await MeasureAsync(server, events, processes: 1, $"{Name}.pending-{pending}"));
        }

        return samples;
    }

    /// <summary>
    /// What a consumer process does: gets warm, handles from the first line of its input to the second, and prints its latencies.
    /// </summary>
    public static async Task ConsumeAsync(string connection, string prefix)
    {
        await WarmUpAsync(connection, $"{prefix}-{Environment.ProcessId}");
        var latencies = new Latencies();
        await using var host = await Host.CreateAsync(connection, prefix, context =>
        {
            if (context.Event.Timestamp > 0)
            {
                latencies.Add(context.Event.Timestamp);
            }
        }, static options => options.Concurrency = Host.BestConcurrency);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        host.Start();
        await Console.In.ReadLineAsync();
        foreach (var latency in latencies.All)
        {
            Console.WriteLine(latency);
        }
    }

    /// <summary>
    /// What a consumer process without the library does: gets warm, and drains from the first line of its input to the second.
    /// </summary>
    public static async Task ConsumeBareAsync(string connection, string prefix)
    {
        await WarmUpAsync(connection, $"{prefix}-{Environment.ProcessId}");
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(connection);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var drain = new Bare(multiplexer.GetDatabase(), prefix).DrainAsync(int.MaxValue);
        await await Task.WhenAny(drain, Task.Run(Console.In.ReadLineAsync));
    }

    // With keys of its own.
    private static async Task WarmUpAsync(string connection, string prefix)
    {
        const int Events = 5000;
        var handled = new Countdown(Events);
        await using var host = await Host.CreateAsync(
            connection, prefix, _ => handled.Signal(), static options => options.ProcessedRetention = TimeSpan.Zero);
        host.Start();
        await host.PublishManyAsync(Events);
        await handled.Task;
    }

    private static async Task WaitForTomorrowAsync(Server server, int events)
    {
        await using var host = await Host.CreateAsync(server, static _ => { });
        var tomorrow = new PublishOptions { Delay = TimeSpan.FromDays(1) };
        for (; events > 0; events -= 10_000)
        {
            await host.Bus.PublishManyAsync(Enumerable.Repeat(Payload.Of(0), Math.Min(events, 10_000)).ToArray(), tomorrow);
        }
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events, int processes, string name)
    {
        const int Latencies = 400;
        await using var producer = await Host.CreateAsync(server, static _ => { });
        var bare = await StartAsync(server, ConsumeBare, processes);
        var limit = await DrainAsync(server, producer, bare, $"{name}.limit", events);
        foreach (var consumer in bare)
        {
            await EndAsync(consumer);
        }

        var consumers = await StartAsync(server, Consume, processes);
        var drained = await DrainAsync(server, producer, consumers, $"{name}.drain", events);
        await Latency.PublishAsync(producer, Latencies);
        var all = new Latencies();
        foreach (var consumer in consumers)
        {
            foreach (var line in await EndAsync(consumer))
            {
                all.Add(TimeSpan.FromMilliseconds(double.Parse(line, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        return [drained, limit, new($"{name}.ratio", drained.Value / limit.Value, "of limit"), .. all.Samples($"{name}.latency")];
    }

    private static async Task<Sample> DrainAsync(Server server, Host producer, Process[] consumers, string name, int events)
    {
        var others = await server.WaitingAsync(Host.Group);
        await producer.PublishManyAsync(events);
        foreach (var consumer in consumers)
        {
            await consumer.StandardInput.WriteLineAsync();
        }

        return await DrainedAsync(server, name, others, events);
    }

    // Measured between a tenth and nine tenths of the backlog: how long processes take to start is not what is asked.
    private static async Task<Sample> DrainedAsync(Server server, string name, long others, int events)
    {
        (long Count, long At, double Cpu)? begun = null;
        while (true)
        {
            var (count, at) = (events - (await server.WaitingAsync(Host.Group) - others), Stopwatch.GetTimestamp());
            if (begun is null && count >= events / 10)
            {
                begun = (count, at, await server.CpuAsync());
            }

            if (begun is { } start && count >= events * 9L / 10)
            {
                var cpu = await server.CpuAsync() - start.Cpu;
                while (await server.WaitingAsync(Host.Group) > others)
                {
                    await Task.Delay(5);
                }

                return new(
                    name, (count - start.Count) / Stopwatch.GetElapsedTime(start.At, at).TotalSeconds, "events/s",
                    cpu / (count - start.Count));
            }

            await Task.Delay(5);
        }
    }

    private static Task<Process[]> StartAsync(Server server, string what, int processes) =>
        Task.WhenAll(Enumerable.Range(0, processes).Select(async _ =>
    {
        var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(Scale).Assembly.Location, what, server.ConnectionString, server.Prefix },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // Compiled once: sixteen processes that compile what is hot again, in the background, are measured compiling.
            Environment = { ["DOTNET_TieredCompilation"] = "0" },
        })!;
        await process.StandardOutput.ReadLineAsync();
        return process;
    }));

    /// <returns>What it printed.</returns>
    private static async Task<IReadOnlyList<string>> EndAsync(Process process)
    {
        await process.StandardInput.WriteLineAsync();
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.Dispose();
        return printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
