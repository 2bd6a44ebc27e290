using EventTriggers.Consuming.Duties;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Fires the due triggers of one partition when it is this consumer's turn. Whatever goes wrong with a trigger, deliveries go on.
/// </summary>
internal sealed class TriggerClock(PartitionDuties duties, TimeProvider timeProvider, ILogger logger)
{
    // A server that refuses to fire triggers is asked again after this time, although they are due.
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(1);

    private readonly TriggerLeader _leader = new(timeProvider);
    private readonly WriteGate _gate = new(duties.Partition, logger);
    private bool _isRefused;
    private bool _hasFailed;

    /// <summary>Gets how long there is nothing to fire.</summary>
    public TimeSpan Left => _leader.Left;

    /// <summary>Fires what is due. It comes before a claim, which then takes what was raised.</summary>
    public async ValueTask FireDueAsync(string? consumer)
    {
        if (!_leader.MustFire)
        {
            return;
        }

        try
        {
            _isRefused = !await _gate.TryAsync(async () =>
            {
                var (now, next) = await duties.FireDue.RunOnceAsync(consumer).ConfigureAwait(false);
                _leader.Note(now, next, isLeader: true);
            }).ConfigureAwait(false);
            _hasFailed = false;
        }
        catch (Exception e)
        {
            // The edge of firing: the claim that follows shows whether Redis is the reason.
            if (!_hasFailed)
            {
                logger.FireDueFailed(e, duties.Partition.Index);
            }

            (_isRefused, _hasFailed) = (true, true);
        }
    }

    /// <summary>
    /// Notes what a claim reported: the time, when the next trigger is due, and whether this consumer is the one that fires it.
    /// </summary>
    public void Note(long now, long next, bool isLeader)
    {
        var from = _isRefused ? now + (long)RefusedPause.TotalMilliseconds : next;
        _leader.Note(now, next < 0 ? next : Math.Max(next, from), isLeader);
        _isRefused = false;
    }
}
