using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.OverTime;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Fires the due triggers of one partition.</summary>
internal sealed class FireDueDuty(Keyspace keyspace, Partition partition, IReadOnlyList<string> groups, ILogger logger)
{
    // A trigger costs the server about 25 µs, so a batch keeps it from other clients for little more than a millisecond.
    private const int Batch = 50;
    private const int LongestTrouble = 1000;

    private readonly string _own = $" {string.Join(' ', groups)} ";
    private readonly DroppedEventReporter _dropped = new(keyspace, logger);

    /// <summary>
    /// Fires a bounded number of due triggers. Their events are ready then; no consumer is woken for those that this process takes itself.
    /// </summary>
    /// <param name="consumer">Who wakes for the next one; <see langword="null"/> for one that hears no rings.</param>
    /// <returns>The time, and when the next one is due, in ms by the clock of Redis, or −1.</returns>
    public async ValueTask<(long Now, long Next)> RunOnceAsync(string? consumer)
    {
        var due = await keyspace.Scripts.RunAsync(new FireDueRequest
        {
            Partition = partition,
            Now = keyspace.PinnedNow,
            OwnGroups = _own,
            Consumer = consumer,
            Limit = Batch,
            Retention = keyspace.EndedRetention,
        }).ConfigureAwait(false);
        var (next, fired) = (due.Next, due.Fired.Count);
        foreach (var (kind, at) in due.Fired)
        {
            TriggerMetrics.Count(kind, at, due.Now);
        }

        foreach (var (id, trouble) in due.Unreadable)
        {
            logger.TriggerUnreadable(Excerpt.Of(id), Excerpt.Of(trouble, LongestTrouble));
        }

        if (due.Waiting.Count > 0)
        {
            (var more, next) = await FireWaitingAsync(due.Waiting, due.Now).ConfigureAwait(false);
            fired += more;
        }

        if (due.Planned.Count > 0)
        {
            (var more, next) = await FireAsync([.. due.Planned.Select(trigger => Plan(trigger, due.Now))], due.Now).ConfigureAwait(false);
            fired += more;
        }

        if (fired > 0)
        {
            logger.TriggersFired(fired, partition.Index);
        }

        return (due.Now, next);
    }

    private PlannedFiring Plan(DueTrigger trigger, long now)
    {
        try
        {
            return new PlannedFiring(trigger, trigger.Plan(now), string.Empty);
        }
        catch (Exception e)
        {
            // One trigger's edge: a zone that this machine does not know, or something that was written into its hash, must not hold up the
            // others.
            logger.TriggerNotPlanned(e, Excerpt.Of(trigger.Id));
            return new PlannedFiring(trigger, null, Failures.Describe(e, LongestTrouble));
        }
    }

    private async ValueTask<(int Fired, long Next)> FireWaitingAsync(IReadOnlyList<string> members, long now)
    {
        var reply = await keyspace.Scripts.RunAsync(new FireWaitingRequest
        {
            Partition = partition,
            Now = keyspace.PinnedNow,
            OwnGroups = _own,
            DeduplicationMs = keyspace.DeduplicationMs,
            Retention = keyspace.EndedRetention,
            Members = members,
        }).ConfigureAwait(false);
        foreach (var (trigger, reason) in reply.Dropped)
        {
            _dropped.Report(trigger, reason);
        }

        foreach (var at in reply.Fired)
        {
            TriggerMetrics.Count(TriggerMetrics.On, at, now);
        }

        return (reply.Fired.Count, reply.Next);
    }

    private async ValueTask<(int Fired, long Next)> FireAsync(PlannedFiring[] all, long now)
    {
        var spans = PlannedSpans.Begin([.. AsManyAsOneScriptFires(all)], partition);
        IReadOnlyList<int?> fired = [];
        try
        {
            var reply = await keyspace.Scripts.RunAsync(new FirePlannedRequest
            {
                Partition = partition,
                Now = keyspace.PinnedNow,
                OwnGroups = _own,
                Retention = keyspace.EndedRetention,
                Firings = spans.Firings,
            }).ConfigureAwait(false);
            fired = reply.Fired;
            return (fired.Sum(static count => count ?? 0), reply.Next);
        }
        finally
        {
            spans.End(fired, now);
        }
    }

    // The rest stays due, and comes next.
    private static IEnumerable<PlannedFiring> AsManyAsOneScriptFires(PlannedFiring[] all)
    {
        var firings = 0;
        return all.TakeWhile(one =>
        {
            var fits = firings == 0 || one.Plan is null || firings + one.Plan.Fire.Count <= Batch;
            firings += one.Plan?.Fire.Count ?? 0;
            return fits;
        });
    }
}
