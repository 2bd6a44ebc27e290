using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// What is done for a partition once a minute and after each interruption: a look at the server, sweeping, and subscribing again, which
/// repairs a server that came back empty.
/// </summary>
internal sealed class Maintenance(PartitionDuties duties, Keyspace keyspace, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(1);

    private readonly WriteGate _gate = new(duties.Partition, logger);

    private long _dueAt;
    private volatile bool _mustProbe;

    /// <summary>Asks for the next round at once, with a look at the server: it may be another one.</summary>
    public void Repeat() => _mustProbe = true;

    public async ValueTask RunOnceAsync()
    {
        if (!_mustProbe && timeProvider.GetTimestamp() < _dueAt)
        {
            return;
        }

        var probe = keyspace.GateOf(duties.Partition).Probe;
        if (_mustProbe || !probe.HasLooked || probe.EvictionPolicy is not null)
        {
            _mustProbe = false;
            await probe.RunOnceAsync().ConfigureAwait(false);
        }

        var done = await _gate.TryAsync(async () =>
        {
            var parked = await duties.Sweep.RunOnceAsync().ConfigureAwait(false);
            if (await duties.Subscribe.RunOnceAsync().ConfigureAwait(false))
            {
                duties.Health.NoteDataLoss();
                duties.StoreReset();
            }

            // After subscribing: types that this process handles are not unhandled.
            foreach (var unhandled in duties.Unhandled.Where(duty => parked.Contains(duty.Group, StringComparer.Ordinal)))
            {
                await unhandled.RunOnceAsync().ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        var pause = done ? Interval : RefusedPause;
        _dueAt = timeProvider.GetTimestamp() + (long)(pause.TotalSeconds * timeProvider.TimestampFrequency);
    }
}
