namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What the server keeps of one event or trigger: as it comes, and where it keeps small hashes compact although they hold a longer payload.
/// </summary>
internal sealed class Memory : IFigure
{
    public string Name => "memory";

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var samples = new List<Sample>(await MeasureAsync(server, events, "memory"));
        if (server.IsOwn)
        {
            await server.MakeCompactAsync();
            samples.AddRange(await MeasureAsync(server, events, "memory.compact"));
        }

        return samples;
    }

    private static async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events, string name)
    {
        await server.ClearAsync();
        await server.SubscribeAsync();
        var handled = new Countdown(events);
        await using var host = await Host.CreateAsync(server, _ => handled.Signal(), options => options.ProcessedLimit = events);
        await host.PublishManyAsync(100);
        var empty = await server.MemoryAsync();
        await host.PublishManyAsync(events - 100);
        var pending = await server.MemoryAsync();

        host.Start();
        await handled.Task;
        await Task.Delay(500);
        var processed = await server.MemoryAsync();

        var triggers = events / 10;
        var due = DateTimeOffset.UtcNow.AddDays(1);
        await Callers.RunAsync(
            64, triggers, i => host.Triggers.AddAsync(Trigger.At(due.AddMilliseconds(i)).Publish(Payload.Of(0))).AsTask());
        var withTriggers = await server.MemoryAsync();
        return
        [
            new($"{name}.pending-event", (pending - empty) / (events - 100), "bytes"),
            new($"{name}.processed-event", (processed - empty) / (events - 100), "bytes"),
            new($"{name}.pending-trigger", (withTriggers - processed) / triggers, "bytes"),
        ];
    }
}
