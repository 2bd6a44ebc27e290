using StackExchange.Redis;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// A flow, and then single events, as one thing grows and everything else stays: what waits for tomorrow, consumers, partitions, payloads,
/// groups, and triggers that wait for the type. Payloads are measured beside a client that writes and reads them.
/// </summary>
/// <param name="isMost">Whether only the most that waits for tomorrow is measured, which takes minutes and 10 GB.</param>
internal sealed class Growth(bool isMost) : IFigure
{
    private const int Singles = 400;

    // As much as goes into a call.
    private const int CallBytes = 1_000_000;

    public string Name => isMost ? "growth-most" : "growth";

    public int Rounds => 1;

    public async Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var samples = new List<Sample>();
        var there = 0;
        foreach (var pending in (int[])(isMost ? [10_000_000] : [10, 1000, 100_000]))
        {
            await WaitForTomorrowAsync(server, there, pending);
            there = pending;
            samples.AddRange(await MeasureAsync(server, $"pending-{pending}", events, server.Prefix));
        }

        if (isMost)
        {
            return samples;
        }

        foreach (var consumers in (int[])[1, 2, 4, 8, 16])
        {
            samples.AddRange(await MeasureAsync(server, $"consumers-{consumers}", events, consumers: consumers));
        }

        foreach (var partitions in (int[])[1, 4, 16, 64])
        {
            samples.AddRange(await MeasureAsync(server, $"partitions-{partitions}", events, partitions: partitions));
        }

        foreach (var bytes in (int[])[100, 10_000, 250_000])
        {
            var some = Math.Max(1000, events / Math.Max(1, bytes / 1000));
            samples.AddRange(await MeasureAsync(server, $"payload-{bytes}", some, bytes: bytes));
            samples.Add(await WriteAndReadAsync(server, $"{Name}.payload-{bytes}.limit", some, bytes));
        }

        foreach (var groups in (int[])[1, 10, 50])
        {
            samples.AddRange(await MeasureAsync(server, $"groups-{groups}", Math.Max(1000, events / groups), groups: groups));
        }

        foreach (var triggers in (int[])[0, 1, 1000, 100_000])
        {
            samples.AddRange(await MeasureAsync(server, $"triggers-{triggers}", events / 2, triggers: triggers));
        }

        return samples;
    }

    private static string NewPrefix(Server server) => $"{server.Prefix}-{Guid.NewGuid():N}";

    private static Payload PayloadOf(int bytes, long timestamp) =>
        bytes <= 100 ? Payload.Of(timestamp) : Payload.Of(timestamp) with { Text = new string('x', bytes - 34) };

    private static async Task WaitForTomorrowAsync(Server server, int there, int count)
    {
        await using var host = await Host.CreateAsync(server, static _ => { });
        var tomorrow = new PublishOptions { Delay = TimeSpan.FromDays(1) };
        for (var left = count - there; left > 0; left -= 10_000)
        {
            await host.Bus.PublishManyAsync(Enumerable.Repeat(Payload.Of(0), Math.Min(left, 10_000)).ToArray(), tomorrow);
        }

        var due = DateTimeOffset.UtcNow.AddDays(1);
        await Callers.RunAsync(256, count - there, _ => host.Triggers.AddAsync(Trigger.At(due).Publish(Payload.Of(0))).AsTask());
    }

    // What crosses the loopback with an event is its payload, twice.
    private static async Task<Sample> WriteAndReadAsync(Server server, string name, int events, int bytes)
    {
        var payload = new byte[bytes];
        return await Meter.RateAsync(name, server, events, () => Callers.RunAsync(64, events, async n =>
        {
            RedisKey key = $"bare:{n % 1000}";
            await server.Database.StringSetAsync(key, payload);
            await server.Database.StringGetAsync(key);
        }));
    }

    private async Task<IReadOnlyList<Sample>> MeasureAsync(
        Server server, string what, int events, string? prefix = null, int consumers = 2, int partitions = 1, int bytes = 100,
        int groups = 1, int triggers = 0)
    {
        var (name, inCall) = ($"{Name}.{what}", Math.Clamp(CallBytes / bytes, 1, 100));
        await using var fleet = await Fleet.StartAsync(server, prefix ?? NewPrefix(server), partitions, 1, consumers, groups);
        await fleet.RunAsync(1000, PublishAsync, groups);
        await fleet.AddTriggersAsync(triggers);
        await fleet.RunAsync(Math.Min(events, 5000), PublishAsync, groups);
        var flow = await Meter.RateAsync(name, server, events, () => fleet.RunAsync(events, PublishAsync, groups));
        fleet.Latencies.Clear();
        await fleet.RunAsync(
            Singles, (host, count) => Latency.PublishAsync(host, count, timestamp => PayloadOf(bytes, timestamp)), groups);
        Sample[] samples = [flow, .. fleet.Latencies.Samples($"{name}.latency")];

        // It takes minutes: each line comes when it is there.
        var values = samples.Select(static one => $"{one.Value:N1} {one.Unit}").Append($"{flow.ServerMicroseconds:N1} µs of the server");
        await Console.Error.WriteLineAsync($"{name}: {string.Join(", ", values)}");
        return samples;

        Task PublishAsync(Host host, int count) => Callers.RunAsync(8, (count + inCall - 1) / inCall, n => host.Bus.PublishManyAsync(
            Enumerable.Repeat(PayloadOf(bytes, 0), Math.Min(inCall, count - (n * inCall))).ToArray()).AsTask());
    }
}
