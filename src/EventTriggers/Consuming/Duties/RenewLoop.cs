using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Extends what this process holds in one partition, until everything is drained: once an interval, and more often while the server does not answer. A lease that could not be extended in time is in
/// doubt, and is lost only when the server says so.
/// </summary>
internal sealed class RenewLoop(Keyspace keyspace, Partition partition, IReadOnlyList<RenewDuty> groups, TimeProvider timeProvider, ILogger logger)
{
    private readonly HashSet<Lease> _inDoubt = [];
    private int _confirmed;
    private int _lost;

    public async Task RunAsync(CancellationToken drained)
    {
        var failures = 0;
        while (!drained.IsCancellationRequested)
        {
            var pause = failures == 0 ? keyspace.Options.RenewalInterval : Shorter(keyspace.Options.RenewalInterval, RedisRetry.Backoff(failures));
            await SafeDelay.ForAsync(Shorter(pause, NextDoubt()), timeProvider, drained).ConfigureAwait(false);
            var renewing = Task.WhenAll(groups.Select(static group => group.RunOnceAsync()));
            await WatchAsync(renewing, drained).ConfigureAwait(false);

            // One that hangs may still be answered, and counts then. The next does not wait for it.
            failures = renewing.IsCompleted && (await renewing.ConfigureAwait(false)).All(static isAnswered => isAnswered) ? 0 : failures + 1;
            Look();
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    // For an interval. A call that hangs keeps nobody from noticing that leases may be over.
    private async Task WatchAsync(Task renewing, CancellationToken drained)
    {
        var since = timeProvider.GetTimestamp();
        while (!renewing.IsCompleted && !drained.IsCancellationRequested && timeProvider.GetElapsedTime(since) < keyspace.Options.RenewalInterval)
        {
            using var answered = CancellationTokenSource.CreateLinkedTokenSource(drained);
            await Task.WhenAny(renewing, SafeDelay.ForAsync(NextDoubt(), timeProvider, answered.Token)).ConfigureAwait(false);
            await answered.CancelAsync().ConfigureAwait(false);
            if (!renewing.IsCompleted)
            {
                Look();
            }
        }
    }

    private TimeSpan NextDoubt()
    {
        var next = keyspace.Options.RenewalInterval;
        foreach (var lease in groups.SelectMany(static group => group.Running))
        {
            if (!lease.IsInDoubt)
            {
                next = Shorter(next, lease.Left(timeProvider, keyspace.Options.LeaseDuration));
            }
        }

        return next > TimeSpan.Zero ? next : TimeSpan.Zero;
    }

    // Told when a doubt begins and when it ends, however many deliveries it is about.
    private void Look()
    {
        var wasCertain = _inDoubt.Count == 0;
        foreach (var lease in groups.SelectMany(static group => group.Running))
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
            logger.LeasesCertain(partition.Index, _confirmed, _lost);
            (_confirmed, _lost) = (0, 0);
        }
    }

    // A handler may also have ended meanwhile: then its outcome is recorded, or refused.
    private bool IsDecided(Lease lease)
    {
        var isLost = lease.Interruption == Interruption.LeaseLost;
        _lost += isLost ? 1 : 0;
        _confirmed += !isLost && !lease.IsInDoubt ? 1 : 0;
        return isLost || !lease.IsInDoubt || lease.IsConcluded;
    }
}
