using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming;

/// <summary>Computes how long the loop of one partition sleeps unless it is woken.</summary>
internal sealed class LoopPause(
    Partition partition, IReadOnlyList<DeliveryQueue> queues, IReadOnlyList<GrantLoop?> grants, RedisTriggersOptions options,
    WakeListener wakes, Interruptions interruptions)
{
    // Quick handlers wake the loop when most of what was claimed is done; if one of them turns out slow, the others do not wait for it any
    // longer than this.
    private static readonly TimeSpan QuickHandlerPause = TimeSpan.FromMilliseconds(1);

    // After an interruption the subscription to the channel may not be back yet: for this long the loop polls as if it heard nothing.
    private static readonly TimeSpan ResubscribeTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Forgets what earlier claims have left, before Redis is asked again.</summary>
    public void Begin()
    {
        foreach (var queue in queues)
        {
            queue.ForgetLeft(partition);
        }
    }

    /// <summary>Notes what a claim has left, and computes the pause after it.</summary>
    /// <param name="reply">The reply of the claim.</param>
    /// <param name="nextExpiry">When to look for expired leases, in unix ms; −1 for never.</param>
    /// <param name="elapsed">How long ago the reply came.</param>
    public TimeSpan After(ClaimReply reply, long nextExpiry, TimeSpan elapsed)
    {
        var canClaim = false;
        for (var g = 0; g < queues.Count; g++)
        {
            var (left, quarantined) = (reply.Groups[g].Left, reply.Groups[g].Quarantined);
            canClaim |= g < grants.Count && grants[g] is { } limited
                ? limited.NoteLeft(left, quarantined)
                : queues[g].NoteLeft(partition, left, quarantined);
        }

        if (canClaim)
        {
            return TimeSpan.Zero;
        }

        var pause = queues.Any(queue => queue.IsAwaitedBy(partition)) ? QuickHandlerPause : Poll();
        foreach (var next in (ReadOnlySpan<long>)[reply.NextDelayed, nextExpiry])
        {
            // What is due long after the poll is left to a later round; that also keeps the arithmetic within range.
            if (next >= 0 && next - reply.Now < pause.TotalMilliseconds + elapsed.TotalMilliseconds)
            {
                pause = TimeSpan.FromMilliseconds(next - reply.Now) - elapsed;
            }
        }

        return pause;
    }

    // Drawn from a fifth of the interval, so that idle processes do not poll in step, and early enough to be done when the interval is
    // over. The server also learns from the poll that consumers can reach it: where they are silent for most of a lease, it does not know.
    private TimeSpan Poll()
    {
        var hears = wakes.IsUp && interruptions.SinceLast >= ResubscribeTimeout;
        var poll = hears ? options.PollInterval : options.PollIntervalWhenDisconnected;
        var max = options.LeaseDuration / 2;
        return (poll < max ? poll : max) * (0.7 + (0.2 * Random.Shared.NextDouble()));
    }
}
