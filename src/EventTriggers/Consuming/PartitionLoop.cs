using Microsoft.Extensions.Logging;

namespace EventTriggers;

/// <summary>
/// Moves one partition along: claims when there is room, reaps and advances when something is due, and sleeps in between until Redis
/// rings or the next due time that it was told.
/// </summary>
internal sealed class PartitionLoop(
    PartitionDuties duties, IReadOnlyList<ConsumerGroup> groups, Keyspace keyspace, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Unsettled = TimeSpan.FromSeconds(3);

    private readonly Signal _signal = new(timeProvider);
    private readonly RedisTriggersOptions _options = keyspace.Options;
    private int _failures;
    private long _swept;
    private long _lostAt = long.MinValue;
    private volatile bool _isUnchecked = true;
    private volatile bool _hungry;

    /// <summary>Wakes the loop.</summary>
    public void Ring() => _signal.Set();

    /// <summary>Wakes the loop if it left deliveries for want of workers.</summary>
    public void RingIfHungry()
    {
        if (_hungry)
        {
            _signal.Set();
        }
    }

    /// <summary>Tells that the connection was interrupted: rings may be lost, and others' leases may have expired for want of Redis alone.</summary>
    public void Interrupted()
    {
        Volatile.Write(ref _lostAt, timeProvider.GetTimestamp());
        _isUnchecked = true;
        _signal.Set();
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var pause = await RunOnceAsync().ConfigureAwait(false);
                Recovered();
                await _signal.WaitAsync(pause, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RedisFailures.IsRedis(e))
            {
                var pause = Failed(e);
                await Task.Delay(pause, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Does everything that can be done now.</summary>
    /// <returns>How long there is nothing more to do, unless somebody rings.</returns>
    public async ValueTask<TimeSpan> RunOnceAsync()
    {
        if (_isUnchecked || timeProvider.GetElapsedTime(_swept) > SweepInterval)
        {
            _isUnchecked = false;
            _swept = timeProvider.GetTimestamp();
            // Also repairs the subscriptions when the server came back empty.
            await duties.Subscribe.RunOnceAsync().ConfigureAwait(false);
            await duties.Sweep.RunOnceAsync().ConfigureAwait(false);
        }

        _hungry = false;
        var report = await duties.Claim.RunOnceAsync().ConfigureAwait(false);
        var heard = timeProvider.GetTimestamp();

        var nextExpiry = report.NextExpiry;
        if (IsDue(nextExpiry, report.Now))
        {
            nextExpiry = await ReapAsync(report.Now).ConfigureAwait(false);
        }

        var nextTrigger = report.NextTrigger;
        if (IsDue(nextTrigger, report.Now))
        {
            nextTrigger = await duties.Advance.RunOnceAsync().ConfigureAwait(false);
        }

        return Pause(report with { NextExpiry = nextExpiry, NextTrigger = nextTrigger }, timeProvider.GetElapsedTime(heard));
    }

    private static bool IsDue(long at, long now) => at >= 0 && at <= now;

    // Leases that expired while Redis could not be reached belong to consumers that only could not renew them: they get a period.
    private async ValueTask<long> ReapAsync(long now)
    {
        if (SinceLost() is var since && since < _options.RenewalInterval)
        {
            return now + (long)Math.Ceiling((_options.RenewalInterval - since).TotalMilliseconds);
        }

        foreach (var reap in duties.Reap)
        {
            await reap.RunOnceAsync().ConfigureAwait(false);
        }

        return now;
    }

    private TimeSpan Pause(ClaimReport report, TimeSpan elapsed)
    {
        // Hungry first: a worker that becomes free from here on rings, one that became free before is seen by the next line.
        _hungry = report.Left.Any(static left => left > 0);
        if (_hungry && Enumerable.Range(0, groups.Count).Any(g => report.Left[g] > 0 && groups[g].HasFree))
        {
            return TimeSpan.Zero;
        }

        var pause = Poll();
        foreach (var next in (ReadOnlySpan<long>)[report.NextDelayed, report.NextExpiry, report.NextTrigger])
        {
            // What is far beyond the poll is left to a later round; that also keeps the arithmetic small.
            if (next >= 0 && next - report.Now < pause.TotalMilliseconds + elapsed.TotalMilliseconds)
            {
                pause = TimeSpan.FromMilliseconds(next - report.Now) - elapsed;
            }
        }

        return pause;
    }

    // Drawn from the last fifth of the interval, so that idle processes do not poll in step.
    private TimeSpan Poll()
    {
        var poll = duties.Doorbell.IsUp && SinceLost() >= Unsettled ? _options.FallbackPoll : _options.FallbackPollWithoutChannel;
        return poll * (0.8 + (0.2 * Random.Shared.NextDouble()));
    }

    private TimeSpan SinceLost() =>
        Volatile.Read(ref _lostAt) is var lost && lost == long.MinValue ? TimeSpan.MaxValue : timeProvider.GetElapsedTime(lost);

    private void Recovered()
    {
        if (_failures > 0)
        {
            logger.RedisBack(duties.Partition.Index);
            _failures = 0;
        }
    }

    private TimeSpan Failed(Exception exception)
    {
        if (_failures++ == 0)
        {
            logger.RedisLost(exception, duties.Partition.Index);
        }

        Volatile.Write(ref _lostAt, timeProvider.GetTimestamp());
        _isUnchecked = true;
        return Patience.Backoff(_failures);
    }
}
