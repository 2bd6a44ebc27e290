using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming;

/// <summary>
/// Measures the groups of a session in Redis while metrics are collected: at once when that begins, and then in an interval, so that a
/// collection finds fresh values and never waits for Redis.
/// </summary>
internal sealed class GroupMeter(Keyspace keyspace, IReadOnlyList<string> groups, TimeProvider timeProvider) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // Twice as long as the exporters of OpenTelemetry wait by default.
    private static readonly TimeSpan GoesOnFor = TimeSpan.FromMinutes(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private BusMeasurement _last = BusMeasurement.None;
    private long _collected;
    private bool _isMeasuring;

    /// <summary>Gets a value indicating whether it asks Redis from time to time.</summary>
    public bool IsMeasuring
    {
        get
        {
            lock (_lock)
            {
                return _isMeasuring;
            }
        }
    }

    /// <summary>Gets what was measured last, and goes on measuring.</summary>
    public BusMeasurement Measure()
    {
        lock (_lock)
        {
            _collected = timeProvider.GetTimestamp();
            if (!_isMeasuring && !_stop.IsCancellationRequested)
            {
                // Not in the context of the collection, which may be a request's.
                _isMeasuring = ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.RunAsync(), this, preferLocal: false);
            }

            return _last;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stop.Cancel();
        }
    }

    private async Task RunAsync()
    {
        do
        {
            var measured = await Task.WhenAll(keyspace.Partitions.Select(MeasureAsync)).ConfigureAwait(false);
            lock (_lock)
            {
                _last = new BusMeasurement(
                    [.. measured.SelectMany(static one => one ?? []).GroupBy(static one => one.Group, StringComparer.Ordinal)
                        .Select(static same => same.Aggregate(static (sum, next) => sum.Plus(next)))],
                    Array.ConvertAll(measured, static one => one is not null));
            }

            await SafeDelay.ForAsync(Interval, timeProvider, _stop.Token).ConfigureAwait(false);
        }
        while (GoesOn());
    }

    private bool GoesOn()
    {
        lock (_lock)
        {
            _isMeasuring = !_stop.IsCancellationRequested && timeProvider.GetElapsedTime(_collected) < GoesOnFor;
            return _isMeasuring;
        }
    }

    // Null if there is no answer.
    private async Task<GroupMeasurement[]?> MeasureAsync(Partition partition)
    {
        try
        {
            return await keyspace.Scripts.RunAsync(
                new MeasureGroupsRequest { Partition = partition, Now = keyspace.PinnedNow, Groups = groups }).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The gauge that says whether Redis answers is the report of this failure; the loops report what it means for them.
            return null;
        }
    }
}
