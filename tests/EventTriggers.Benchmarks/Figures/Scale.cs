using System.Diagnostics;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>Drain and latency beside many events that wait for tomorrow, and with several consumer processes.</summary>
internal sealed class Scale : IFigure
{
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

    /// <summary>What a consumer process does: gets warm, handles from the first line of its input to the second, and prints its latencies.</summary>
    public static async Task ConsumeAsync(string connection, string prefix)
    {
        await WarmUpAsync(connection, $"{prefix}-{Environment.ProcessId}");
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var latencies = new Latencies();
        await using var host = await Host.CreateAsync(connection, prefix, context =>
        {
            if (context.Event.Timestamp > 0)
            {
                latencies.Add(context.Event.Timestamp);
            }
        }, static options => (options.Concurrency, options.ProcessedLimit) = (Host.BestConcurrency, 10_000_000));
        host.Start();
        await Console.In.ReadLineAsync();
        foreach (var latency in latencies.All)
        {
            Console.WriteLine(latency);
        }
    }

    // With keys of its own.
    private static async Task WarmUpAsync(string connection, string prefix)
    {
        const int Events = 5000;
        var handled = new Countdown(Events);
        await using var host = await Host.CreateAsync(connection, prefix, _ => handled.Signal(), static options => options.ProcessedRetention = TimeSpan.Zero);
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
        await producer.PublishManyAsync(events);
        var counted = await server.ProcessedAsync();
        var consumers = await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => StartAsync(server)));
        foreach (var consumer in consumers)
        {
            await consumer.StandardInput.WriteLineAsync();
        }

        var drained = await DrainedAsync(server, $"{name}.drain", counted, events);

        await Latency.PublishAsync(producer, Latencies);
        var all = new Latencies();
        foreach (var consumer in consumers)
        {
            await consumer.StandardInput.WriteLineAsync();
            while (await consumer.StandardOutput.ReadLineAsync() is { } line)
            {
                all.Add(TimeSpan.FromMilliseconds(double.Parse(line, System.Globalization.CultureInfo.InvariantCulture)));
            }

            await consumer.WaitForExitAsync();
            consumer.Dispose();
        }

        return [drained, .. all.Samples($"{name}.latency")];
    }

    // Measured between a tenth and nine tenths of the backlog: how long processes take to start is not what is asked.
    private static async Task<Sample> DrainedAsync(Server server, string name, long before, int events)
    {
        (long Count, long At, double Cpu)? begun = null;
        while (true)
        {
            var (count, at) = (await server.ProcessedAsync() - before, Stopwatch.GetTimestamp());
            if (begun is null && count >= events / 10)
            {
                begun = (count, at, await server.CpuAsync());
            }

            if (begun is { } start && count >= events * 9L / 10)
            {
                var cpu = await server.CpuAsync() - start.Cpu;
                while (await server.ProcessedAsync() - before < events)
                {
                    await Task.Delay(5);
                }

                return new(name, (count - start.Count) / Stopwatch.GetElapsedTime(start.At, at).TotalSeconds, "events/s", cpu / (count - start.Count));
            }

            await Task.Delay(5);
        }
    }

    private static async Task<Process> StartAsync(Server server)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(Scale).Assembly.Location, "consume", server.ConnectionString, server.Prefix },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // Compiled once: sixteen processes that compile what is hot again, in the background, are measured compiling.
            Environment = { ["DOTNET_TieredCompilation"] = "0" },
        })!;
        await process.StandardOutput.ReadLineAsync();
        return process;
    }
}
