using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Moves one partition along: fires triggers that are due, claims when there is room, takes expired leases away, and sleeps in between
/// until it is woken or something is due.
/// </summary>
internal sealed class PartitionLoop
{
    // A server that is away must not hold up a stop for longer.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly PartitionDuties _duties;
    private readonly IReadOnlyList<DeliveryQueue> _queues;
    private readonly Signal _signal;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    private readonly Interruptions _interruptions;
    private readonly WakeBudget _wakes;
    private readonly TriggerClock _triggers;
    private readonly LeaseReaper _reaper;
    private readonly LoopPause _pause;
    private readonly Maintenance _maintenance;

    private (long Delayed, long Trigger) _nextKnown;
    private bool _mustNoteInterruption;
    private int _failures;

    public PartitionLoop(
        PartitionDuties duties, IReadOnlyList<DeliveryQueue> queues, Keyspace keyspace, Signal signal, TimeProvider timeProvider,
        ILogger logger)
    {
        (_duties, _signal, _timeProvider, _logger) = (duties, signal, timeProvider, logger);
        _interruptions = new Interruptions(timeProvider);
        _wakes = new WakeBudget(timeProvider);
        _triggers = new TriggerClock(duties, timeProvider, logger);
        _reaper = new LeaseReaper(duties, _interruptions, timeProvider, logger);
        _pause = new LoopPause(duties.Partition, queues, duties.Grants, keyspace.Options, duties.Wakes, _interruptions);
        _queues = queues;
        _maintenance = new Maintenance(duties, keyspace, timeProvider, logger);
    }

    /// <summary>Wakes the loop because a message came.</summary>
    /// <param name="group">The group that the message names. In one with limits, a grant is taken before the loop claims.</param>
    public void Wake(string group = "")
    {
        if (_wakes.Note() && !TryHint(group))
        {
            _signal.Set();
        }
    }

    /// <summary>Notes that the connection was interrupted: messages may be lost, and the server may be another one.</summary>
    public void OnInterrupted()
    {
        _interruptions.Note();
        _maintenance.Repeat();
        _signal.Set();
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var pause = await RunOnceAsync().ConfigureAwait(false);
                ReportRecovery();
                await _signal.WaitAsync(pause, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The loop's edge: whatever went wrong, the partition is tried again; giving it up would stop it without a trace.
                await SafeDelay.ForAsync(ReportFailure(e), _timeProvider, stoppingToken).ConfigureAwait(false);
            }
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    /// <summary>Does everything that can be done now.</summary>
    /// <returns>How long there is nothing more to do unless a message comes.</returns>
    public async ValueTask<TimeSpan> RunOnceAsync()
    {
        if (_mustNoteInterruption)
        {
            _interruptions.Note();
            _mustNoteInterruption = false;
        }

        _duties.Health.NoteRound();
        await _maintenance.RunOnceAsync().ConfigureAwait(false);
        _pause.Begin();
        var answersWake = _wakes.Answer();
        var consumer = _duties.Wakes.IsUp ? _duties.Consumer : null;
        await _triggers.FireDueAsync(consumer).ConfigureAwait(false);

        var sent = _timeProvider.GetTimestamp();
        var reply = await _duties.Claim.RunOnceAsync(consumer).ConfigureAwait(false);
        var received = _timeProvider.GetTimestamp();
        _duties.Health.NoteClaim();
        _wakes.NoteRound(answersWake, hasFound: reply.HasTaken || _nextKnown != (reply.NextDelayed, reply.NextTrigger));
        _nextKnown = (reply.NextDelayed, reply.NextTrigger);

        await _reaper.WatchClockAsync(reply.Now, sent, received).ConfigureAwait(false);
        var nextExpiry = await _reaper.ReapAsync(reply.Now, reply.NextExpiry).ConfigureAwait(false);
        _triggers.Note(reply.Now, reply.NextTrigger, reply.IsLeader);
        return Shortest(_pause.After(reply, nextExpiry, _timeProvider.GetElapsedTime(received)));
    }

    private bool TryHint(string group)
    {
        for (var g = 0; g < _duties.Grants.Count; g++)
        {
            if (_duties.Grants[g] is { } limited && _queues[g].Group == group)
            {
                return limited.TryHint();
            }
        }

        return false;
    }

    private TimeSpan Shortest(TimeSpan pause)
    {
        // A message that waits is answered soon all the same.
        pause = pause > WakeBudget.Wait && _wakes.MustBeAnsweredSoon ? WakeBudget.Wait : pause;
        return pause > TimeSpan.Zero && _triggers.Left < pause ? _triggers.Left : pause;
    }

    // A consumer that claims no more is not to be woken.
    private async ValueTask LeaveAsync()
    {
        try
        {
            await _duties.Claim.LeaveAsync(_duties.Consumer).AsTask()
                .WaitAsync(ShutdownTimeout, _timeProvider, CancellationToken.None).ConfigureAwait(false);

            // Afterwards: its last claim wakes others for what is parked for consumers like this one.
            await _duties.Subscribe.LeaveAsync().WaitAsync(ShutdownTimeout, _timeProvider, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The loop's end: a host that stops because Redis is gone cannot tell anyone. The polls of others find what it was woken for.
        }
    }

    private void ReportRecovery()
    {
        if (_failures > 0)
        {
            _logger.RedisAvailable(_duties.Partition.Index);
            _failures = 0;
        }
    }

    private TimeSpan ReportFailure(Exception exception)
    {
        _duties.Health.NoteFailure(exception);
        if (_failures++ == 0)
        {
            _logger.RedisUnavailable(exception, _duties.Partition.Index);
        }

        // Noted by the next round, which may throw again.
        _mustNoteInterruption |= RedisFailures.Classify(exception)
            is RedisFailure.NotExecuted or RedisFailure.Unknown or RedisFailure.Refused;
        _maintenance.Repeat();
        return RedisRetry.Backoff(_failures);
    }
}
