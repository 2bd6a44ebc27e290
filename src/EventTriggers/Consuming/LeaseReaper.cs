using EventTriggers.Consuming.Duties;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>Takes expired leases of one partition away, and keeps watch over the clock of Redis, by which leases end. After a jump forward
/// the server leaves them to their holders for a while; after a jump back no lease may last longer than a new one.</summary>
internal sealed class LeaseReaper(PartitionDuties duties, Interruptions interruptions, TimeProvider timeProvider, ILogger logger)
{
    // As long as the server waits after a silence: a consumer that was interrupted itself leaves leases to others that may have been
    // interrupted too and are not back yet.
    internal static readonly TimeSpan ReturnTimeout = TimeSpan.FromSeconds(10);

    // When renewing fails although claiming does not.
    private static readonly TimeSpan NextTry = TimeSpan.FromSeconds(1);

    // Smaller jumps are explained by a clock that is being adjusted.
    private static readonly TimeSpan MinJump = TimeSpan.FromSeconds(1);

    private readonly ServerClock _clock = new(timeProvider);
    private bool _mustShorten;

    /// <summary>Compares the server's clock with that of this process.</summary>
    /// <param name="now">The server's time in a reply, in unix ms.</param>
    /// <param name="sent">The local timestamp before the call was sent.</param>
    /// <param name="received">The local timestamp when the reply was there.</param>
    public async ValueTask WatchClockAsync(long now, long sent, long received)
    {
        var jump = _clock.Observe(now, sent, received);
        if (jump.Duration() >= MinJump)
        {
            duties.Health.NoteClockJump(jump);
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

    /// <summary>Takes leases away if some have expired, and none of those that this process holds: it lives, however late it is.</summary>
    /// <param name="now">The server's time, in unix ms.</param>
    /// <param name="nextExpiry">When the next lease expires, in unix ms; −1 for never.</param>
    /// <returns>When to look again, in unix ms; −1 for never.</returns>
    public async ValueTask<long> ReapAsync(long now, long nextExpiry)
    {
        if (nextExpiry < 0 || nextExpiry > now)
        {
            return nextExpiry;
        }

        if (interruptions.SinceLast is var since && since < ReturnTimeout)
        {
            return now + (long)Math.Ceiling((ReturnTimeout - since).TotalMilliseconds);
        }

        // A process that had no time to renew what it holds does so now. From here on no lease of its own had expired by the time of the
        // claim, so reaping leaves them alone even if its call is late as well.
        foreach (var renew in duties.Renew)
        {
            if (!await renew.RunOnceAsync().ConfigureAwait(false))
            {
                return now + (long)NextTry.TotalMilliseconds;
            }
        }

        foreach (var reap in duties.Reap)
        {
            await reap.RunOnceAsync(now).ConfigureAwait(false);
        }

        return now;
    }
}
