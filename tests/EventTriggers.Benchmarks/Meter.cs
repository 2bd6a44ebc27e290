using System.Diagnostics;

namespace EventTriggers.Benchmarks;

/// <summary>Measures how fast events pass, and what one costs the server.</summary>
internal static class Meter
{
    public static async Task<Sample> RateAsync(string name, Server server, int events, Func<Task> work)
    {
        GC.Collect();
        var cpu = await server.CpuAsync();
        var started = Stopwatch.GetTimestamp();
        await work();
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new Sample(name, events / elapsed.TotalSeconds, "events/s", (await server.CpuAsync() - cpu) / events);
    }

    /// <summary>
    /// Measures for how long, at most, this machine keeps a thread from running that only looks at the clock, while nothing else is to be
    /// done: what takes longer now and then is not slower for that. The same as <c>redis-cli --intrinsic-latency</c>.
    /// </summary>
    public static TimeSpan LongestStall(TimeSpan duration)
    {
        var (started, before, longest) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (Stopwatch.GetElapsedTime(started, before) < duration)
        {
            var now = Stopwatch.GetTimestamp();
            var stall = Stopwatch.GetElapsedTime(before, now);
            (before, longest) = (now, stall > longest ? stall : longest);
        }

        return longest;
    }

    /// <summary>
    /// Measures the library, and the bare scripts right before it: the machine's own speed changes from minute to minute, their ratio does
    /// not.
    /// </summary>
    public static async Task<IReadOnlyList<Sample>> AgainstLimitAsync(
        string name, Server server, int events, Func<Bare, int, Task> limit, Func<Task> work, Func<Bare, int, Task>? prepare = null)
    {
        var bare = new Bare(server.Database, server.Prefix);
        await (prepare?.Invoke(bare, events) ?? Task.CompletedTask);
        var most = await RateAsync($"{name}.limit", server, events, () => limit(bare, events));
        await (prepare?.Invoke(bare, events) ?? Task.CompletedTask);
        var ours = await RateAsync(name, server, events, work);
        return [ours, most, new Sample($"{name}.ratio", ours.Value / most.Value, "of limit")];
    }
}
