using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.RateLimits;

/// <summary>
/// Takes grants for the claims of one partition in a group that has limits. It works beside the partition's loop, so that a limit that is
/// away, or grants nothing for a while, holds up nothing else; the group is full for the loop meanwhile. It asks only for what a claim left
/// or a message announced, sleeps until the moment that a limit names, and wakes the loop when there are grants. It asks again after a poll
/// interval at the latest: others may have given grants back.
/// </summary>
internal sealed class GrantLoop(
    GrantTaker taker, Partition partition, DeliveryQueue queue, Signal signal, Signal loop, TimeSpan pollInterval,
    TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private Grants? _held;
    private int _wanted;
    private bool _isHinted;
    private bool _isClaiming;
    private long _notBefore = long.MinValue;
    private int _failures;

    /// <summary>Notes that a claim is about to be sent.</summary>
    /// <returns>The grants that it may use; <see langword="null"/> for none.</returns>
    public Grants? BeginClaim()
    {
        Grants? stale = null;
        lock (_lock)
        {
            // The claim sees what messages have announced so far.
            (_isClaiming, _isHinted) = (true, false);
            if (_held?.IsStale(timeProvider) == true)
            {
                (stale, _held) = (_held, null);
            }
        }

        stale?.Return(stale.Left);
        return _held;
    }

    /// <summary>Notes that the claim was answered.</summary>
    /// <param name="used">How many deliveries it has leased.</param>
    public void EndClaim(int used)
    {
        lock (_lock)
        {
            _isClaiming = false;
            if (_held is not null && (_held.Left -= used) <= 0)
            {
                _held = null;
            }
        }
    }

    /// <summary>Notes that the claim was not answered: nothing that it may have leased begins.</summary>
    public void AbandonClaim()
    {
        lock (_lock)
        {
            _isClaiming = false;
        }

        ReturnHeld();
    }

    /// <summary>Notes what a claim has left. Unused grants are given back, unless another claim can use them at once.</summary>
    /// <returns>Whether it can.</returns>
    public bool NoteLeft(long ready, long quarantined)
    {
        var hasRoom = queue.NoteLeft(partition, ready, quarantined);
        lock (_lock)
        {
            _wanted = (int)Math.Min(int.MaxValue, ready + (quarantined > 0 ? 1 : 0));
            if (hasRoom && _held is not null)
            {
                return true;
            }
        }

        ReturnHeld();
        if (hasRoom)
        {
            signal.Set();
        }

        return false;
    }

    /// <summary>Notes that there may be a delivery.</summary>
    /// <returns>
    /// Whether a grant for it is taken first. Otherwise a claim is to look at it, and pass it on: no worker is free, or the limits are
    /// known to grant nothing yet.
    /// </returns>
    public bool TryHint()
    {
        lock (_lock)
        {
            _isHinted = true;
            if (timeProvider.GetTimestamp() < _notBefore)
            {
                return false;
            }
        }

        signal.Set();
        return queue.HasRoomFor(partition);
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var pause = Idle;
        while (!stoppingToken.IsCancellationRequested)
        {
            await signal.WaitAsync(pause, stoppingToken).ConfigureAwait(false);
            try
            {
                pause = await RunOnceAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The loop's edge: without an answer nothing is granted, and the limits are asked again.
                pause = NoteFailure(e);
            }
        }

        ReturnHeld();
    }

    /// <summary>Asks for grants, if any are wanted and may be given by now.</summary>
    /// <returns>How long there is nothing more to do, unless something is noted.</returns>
    public async ValueTask<TimeSpan> RunOnceAsync()
    {
        var wanted = Wanted();
        if (wanted <= 0)
        {
            return Idle;
        }

        var now = timeProvider.GetTimestamp();
        if (now < NotBefore())
        {
            // In whole milliseconds: a timer waits for no less, and the loop would spin until then.
            return TimeSpan.FromMilliseconds(Math.Ceiling(timeProvider.GetElapsedTime(now, NotBefore()).TotalMilliseconds));
        }

        var (grants, wait) = await taker.TakeAsync(wanted).ConfigureAwait(false);
        NoteAnswer();
        lock (_lock)
        {
            _held = grants;
        }

        if (grants is not null || IsHinted())
        {
            loop.Set();
        }

        return grants is null ? Pause(wait < pollInterval ? wait : pollInterval) : Idle;
    }

    // While the loop claims, or has grants to claim with, what is wanted is not known.
    private int Wanted()
    {
        lock (_lock)
        {
            return _isClaiming || _held is not null ? 0 : Math.Min(Math.Max(_wanted, _isHinted ? 1 : 0), queue.RoomFor(partition));
        }
    }

    private void ReturnHeld()
    {
        Grants? unused;
        lock (_lock)
        {
            (unused, _held) = (_held, null);
        }

        unused?.Return(unused.Left);
    }

    private TimeSpan Pause(TimeSpan wait)
    {
        lock (_lock)
        {
            _notBefore = timeProvider.GetTimestamp() + ((long)wait.TotalMilliseconds * timeProvider.TimestampFrequency / 1000);
            return wait;
        }
    }

    private long NotBefore()
    {
        lock (_lock)
        {
            return _notBefore;
        }
    }

    private bool IsHinted()
    {
        lock (_lock)
        {
            return _isHinted;
        }
    }

    private void NoteAnswer()
    {
        if (_failures > 0)
        {
            logger.RateLimitAvailable(queue.Group, partition.Index);
        }

        _failures = 0;
    }

    private TimeSpan NoteFailure(Exception exception)
    {
        if (_failures++ == 0)
        {
            logger.RateLimitUnavailable(exception, queue.Group, partition.Index);
        }

        return Pause(RedisRetry.Backoff(_failures));
    }
}
