using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventTriggers.Benchmarks;

/// <summary>How long things took, in milliseconds.</summary>
internal sealed class Latencies
{
    private readonly ConcurrentQueue<double> _all = new();

    public IEnumerable<double> All => _all;

    public int Count => _all.Count;

    /// <summary>Notes what has passed since a moment of the monotonic clock.</summary>
    public void Add(long since) => Add(Stopwatch.GetElapsedTime(since));

    public void Add(TimeSpan latency) => _all.Enqueue(latency.TotalMilliseconds);

    public void Clear() => _all.Clear();

    public double Percentile(double share)
    {
        var ordered = _all.Order().ToArray();
        return ordered[(int)Math.Min(ordered.Length - 1, ordered.Length * share)];
    }

    public IReadOnlyList<Sample> Samples(string name) =>
        [new($"{name}.p50", Percentile(0.5), "ms"), new($"{name}.p99", Percentile(0.99), "ms")];

    /// <summary>Waits until so many are noted.</summary>
    public async Task WaitAsync(int count)
    {
        while (Count < count)
        {
            await Task.Delay(5);
        }
    }
}
