using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Extends the leases that this process holds in one partition until everything is drained: once an interval, and more often while the
/// server does not answer. A lease that could not be extended in time is in doubt; it is lost only when the server says so.
/// </summary>
internal sealed class RenewLoop(
    Keyspace keyspace, Partition partition, IReadOnlyList<RenewDuty> duties, TimeProvider timeProvider, ILogger logger)
{
    private readonly HashSet<Lease> _inDoubt = [];
    private int _confirmed;
    private int _lost;

    public async Task RunAsync(CancellationToken drained)
    {
        var failures = 0;
        while (!drained.IsCancellationRequested)
        {
            var interval = keyspace.Options.RenewalInterval;
            var pause = failures == 0 ? interval : Shorter(interval, RedisRetry.Backoff(failures));
            await SafeDelay.ForAsync(Shorter(pause, NextDoubt()), timeProvider, drained).ConfigureAwait(false);
            var renewing = Task.WhenAll(duties.Select(static group => group.RunOnceAsync()));
            await WatchAsync(renewing, drained).ConfigureAwait(false);

            // A call that hangs may still be answered, and counts then. The next call does not wait for it.
            var areAnswered = renewing.IsCompleted && (await renewing.ConfigureAwait(false)).All(static isAnswered => isAnswered);
            failures = areAnswered ? 0 : failures + 1;
            NoteDoubts();
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    // For one interval: a call that hangs does not keep the loop from noticing that leases may be over.
    private async Task WatchAsync(Task renewing, CancellationToken drained)
    {
        var since = timeProvider.GetTimestamp();
        while (!renewing.IsCompleted && !drained.IsCancellationRequested
            && timeProvider.GetElapsedTime(since) < keyspace.Options.RenewalInterval)
        {
            using var answered = CancellationTokenSource.CreateLinkedTokenSource(drained);
            await Task.WhenAny(renewing, SafeDelay.ForAsync(NextDoubt(), timeProvider, answered.Token)).ConfigureAwait(false);
            await answered.CancelAsync().ConfigureAwait(false);
            if (!renewing.IsCompleted)
            {
                NoteDoubts();
            }
        }
    }

    private TimeSpan NextDoubt()
    {
        var next = keyspace.Options.RenewalInterval;
        foreach (var lease in duties.SelectMany(static group => group.Running))
        {
            if (!lease.IsInDoubt)
            {
                next = Shorter(next, lease.Left(timeProvider, keyspace.Options.LeaseDuration));
            }
        }

        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    // Logged when a doubt begins and when it ends, however many deliveries it concerns.
    private void NoteDoubts()
    {
        var wasCertain = _inDoubt.Count == 0;
        foreach (var lease in duties.SelectMany(static group => group.Running))
        {
            if (!lease.IsInDoubt && lease.Left(timeProvider, keyspace.Options.LeaseDuration) <= TimeSpan.Zero)
            {
                lease.Doubt();
                _inDoubt.Add(lease);
            }
        }

        if (wasCertain && _inDoubt.Count > 0)
        {
            logger.LeasesInDoubt(_inDoubt.Count, partition.Index);
        }

        wasCertain = _inDoubt.Count == 0;
        _inDoubt.RemoveWhere(IsDecided);
        if (!wasCertain && _inDoubt.Count == 0)
        {
            logger.LeasesNoLongerInDoubt(partition.Index, _confirmed, _lost);
            (_confirmed, _lost) = (0, 0);
        }
    }

    // The handler may have ended in the meantime: then its outcome is recorded or refused.
    private bool IsDecided(Lease lease)
    {
        var isLost = lease.Interruption == Interruption.LeaseLost;
        _lost += isLost ? 1 : 0;
        _confirmed += !isLost && !lease.IsInDoubt ? 1 : 0;
        return isLost || !lease.IsInDoubt || lease.IsConcluded;
    }
}
