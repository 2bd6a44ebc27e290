using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Moves one partition along: claims when there is room, reaps and advances when something is due, and sleeps in between until Redis
/// rings or the next due time that it was told.
/// </summary>
internal sealed class PartitionLoop(
    PartitionDuties duties, IReadOnlyList<ConsumerGroup> groups, Keyspace keyspace, Signal signal, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Refused = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Unsettled = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NoticedJump = TimeSpan.FromSeconds(1);

    private readonly ServerClock _clock = new(timeProvider);
    private readonly RedisTriggersOptions _options = keyspace.Options;

    private readonly BlockedGroups _hunger = new(duties.Partition, groups);
    private readonly WakeBudget _rings = new(timeProvider);
    private readonly TriggerLeader _timekeeper = new(timeProvider);

    private readonly Maintenance _maintenance = new(duties, keyspace, timeProvider, logger);
    private readonly WriteGate _advance = new(duties.Partition, logger);

    private (long Delayed, long Trigger) _nextKnown;
    private bool _mustShorten;
    private bool _mustNoteLoss;
    private bool _isAdvanceRefused;
    private bool _hasAdvanceFailed;
    private int _failures;
    private long _lostAt = long.MinValue;

    /// <summary>Wakes the loop.</summary>
    public void Ring()
    {
        if (_rings.Ring())
        {
            signal.Set();
        }
    }

    /// <summary>Wakes the loop if it left deliveries of a group for want of a place.</summary>
    public void RingIfHungry(int group, Slot place)
    {
        if (_hunger.IsFed(group, place))
        {
            signal.Set();
        }
    }

    /// <summary>Tells that the connection was interrupted: rings may be lost, others' leases may have expired for want of Redis alone, and the server may be another one.</summary>
    public void Interrupted()
    {
        Volatile.Write(ref _lostAt, timeProvider.GetTimestamp());
        _maintenance.Repeat();
        signal.Set();
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var pause = await RunOnceAsync().ConfigureAwait(false);
                Recovered();
                await signal.WaitAsync(pause, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The loop's edge: whatever went wrong, the partition is tried again; giving it up would stop it without a sound.
                await SafeDelay.ForAsync(Failed(e), timeProvider, stoppingToken).ConfigureAwait(false);
            }
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    // Who claims nothing any more is not to be woken.
    private async ValueTask LeaveAsync()
    {
        try
        {
            await duties.Claim.LeaveAsync(duties.Consumer).AsTask().WaitAsync(LongestGoodbye, timeProvider, CancellationToken.None).ConfigureAwait(false);

            // Afterwards: its last claim rings for what is parked for such as it.
            await duties.Subscribe.LeaveAsync().WaitAsync(LongestGoodbye, timeProvider, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The loop's end: a host that stops because Redis is gone has nobody to tell. What still rings here is found by the polls of others.
        }
    }

    /// <summary>Does everything that can be done now.</summary>
    /// <returns>How long there is nothing more to do, unless somebody rings.</returns>
    public async ValueTask<TimeSpan> RunOnceAsync()
    {
        if (_mustNoteLoss)
        {
            Volatile.Write(ref _lostAt, timeProvider.GetTimestamp());
            _mustNoteLoss = false;
        }

        await _maintenance.RunOnceAsync().ConfigureAwait(false);
        _hunger.Clear();
        var wasRung = _rings.Answer();
        var consumer = duties.WakeListener.IsUp ? duties.Consumer : null;
        if (_timekeeper.MustAdvance)
        {
            await AdvanceAsync(consumer).ConfigureAwait(false);
        }

        var sent = timeProvider.GetTimestamp();
        var report = await duties.Claim.RunOnceAsync(consumer).ConfigureAwait(false);
        var heard = timeProvider.GetTimestamp();
        _rings.Note(wasRung, Found(report));
        await WatchClockAsync(_clock.Observe(report.Now, sent, heard)).ConfigureAwait(false);

        var nextExpiry = report.NextExpiry;
        if (IsDue(nextExpiry, report.Now))
        {
            nextExpiry = await ReapAsync(report.Now).ConfigureAwait(false);
        }

        NoteTriggers(report.Now, report.NextTrigger, report.IsLeader);
        return Pause(report with { NextExpiry = nextExpiry }, timeProvider.GetElapsedTime(heard));
    }

    // Whether there was something to do, or something is due earlier than before.
    private bool Found(ClaimReply report)
    {
        var known = _nextKnown;
        _nextKnown = (report.NextDelayed, report.NextTrigger);
        return report.HasTaken || known != _nextKnown;
    }

    // Before a claim, which then takes what was raised. Whatever goes wrong with a trigger, deliveries go on.
    private async ValueTask AdvanceAsync(string? consumer)
    {
        try
        {
            _isAdvanceRefused = !await _advance.TryAsync(async () =>
            {
                var (now, next) = await duties.Advance.RunOnceAsync(consumer).ConfigureAwait(false);
                _timekeeper.Note(now, next, keeps: true);
            }).ConfigureAwait(false);
            _hasAdvanceFailed = false;
        }
        catch (Exception e)
        {
            // The edge of firing: the claim that follows tells whether Redis is the reason.
            if (!_hasAdvanceFailed)
            {
                logger.AdvanceFailed(e, duties.Partition.Index);
            }

            (_isAdvanceRefused, _hasAdvanceFailed) = (true, true);
        }
    }

    // A server that refuses to fire triggers is asked again after a while, although they are due.
    private void NoteTriggers(long now, long next, bool keepsTime)
    {
        var from = _isAdvanceRefused ? now + (long)Refused.TotalMilliseconds : next;
        _timekeeper.Note(now, next < 0 ? next : Math.Max(next, from), keepsTime);
        _isAdvanceRefused = false;
    }

    // Leases end by the clock of Redis. Forward, the server leaves them to their holders for a while; back, nobody may hold one for longer.
    private async ValueTask WatchClockAsync(TimeSpan jump)
    {
        if (jump.Duration() >= NoticedJump)
        {
            logger.ClockJumped(duties.Partition.Index, jump);
            _mustShorten |= jump < TimeSpan.Zero;
        }

        if (_mustShorten)
        {
            foreach (var reap in duties.Reap)
            {
                await reap.ShortenAsync().ConfigureAwait(false);
            }

            _mustShorten = false;
        }
    }

    private static bool IsDue(long at, long now) => at >= 0 && at <= now;

    // Who was interrupted itself leaves leases to others who may have been, too, and are not back yet: for as long as the server does after a silence.
    private async ValueTask<long> ReapAsync(long now)
    {
        if (SinceLost() is var since && since < Back)
        {
            return now + (long)Math.Ceiling((Back - since).TotalMilliseconds);
        }

        foreach (var reap in duties.Reap)
        {
            await reap.RunOnceAsync().ConfigureAwait(false);
        }

        return now;
    }

    private TimeSpan Pause(ClaimReply report, TimeSpan elapsed)
    {
        if (_hunger.Note(report))
        {
            return TimeSpan.Zero;
        }

        // Quick handlers ring when most is done; if one of them turns out slow, the others do not wait for it.
        var pause = _hunger.WaitsForQuickHandlers() ? Soon : Poll();
        foreach (var next in (ReadOnlySpan<long>)[report.NextDelayed, report.NextExpiry])
        {
            // What is far beyond the poll is left to a later round; that also keeps the arithmetic small.
            if (next >= 0 && next - report.Now < pause.TotalMilliseconds + elapsed.TotalMilliseconds)
            {
                pause = TimeSpan.FromMilliseconds(next - report.Now) - elapsed;
            }
        }

        // A ring that waits is answered soon all the same.
        pause = _rings.MustBeAnsweredSoon && WakeBudget.Wait < pause ? WakeBudget.Wait : pause;
        return _timekeeper.Left < pause ? _timekeeper.Left : pause;
    }

    // Drawn from a fifth of the interval, so that idle processes do not poll in step, and early enough to be done when it is over. The server also learns from it that consumers can reach it: where
    // they are silent for most of a lease, it does not know.
    private TimeSpan Poll()
    {
        var poll = duties.WakeListener.IsUp && SinceLost() >= Unsettled ? _options.PollInterval : _options.PollIntervalWhenDisconnected;
        var most = _options.LeaseDuration / 2;
        return (poll < most ? poll : most) * (0.7 + (0.2 * Random.Shared.NextDouble()));
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

        // Noted by the next round, which may throw again.
        _mustNoteLoss |= RedisFailures.Classify(exception) is RedisFailure.NotExecuted or RedisFailure.Unknown or RedisFailure.Refused;
        _maintenance.Repeat();
        return RedisRetry.Backoff(_failures);
    }
}
