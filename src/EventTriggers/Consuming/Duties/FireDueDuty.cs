using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.OverTime;
using EventTriggers.Triggers.Schedules;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Fires the due triggers of one partition.</summary>
internal sealed class FireDueDuty(Keyspace keyspace, Partition partition, string group, ILogger logger)
{
    // A trigger costs the server about 25 µs: so many keep it from others for little more than a millisecond.
    private const int Batch = 50;
    private const int LongestTrouble = 1000;

    // What the reply of advance.lua begins with.
    private const int Counts = 5;

    private readonly DroppedEventReporter _givenUp = new(keyspace, logger);

    /// <summary>Fires a bounded number of due triggers. Their events are ready then, and nobody is rung for those that this process takes itself.</summary>
    /// <param name="consumer">Who wakes for the next one; <see langword="null"/> for one that hears no rings.</param>
    /// <returns>The time, and when the next one is due, in ms by the clock of Redis, or −1.</returns>
    public async ValueTask<(long Now, long Next)> RunOnceAsync(string? consumer)
    {
        var reply = await keyspace.Scripts.RunForValuesAsync(
            Script.Advance,
            (RedisKey[])[partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers, partition.Keys.Keeper],
            (RedisValue[])[keyspace.PinnedNow, partition.ServerChannel, group, consumer ?? string.Empty, Batch, .. keyspace.ProcessedRetention]).ConfigureAwait(false);
        var (now, next, fired) = (Number(reply[0]), Number(reply[1]), Number(reply[2]));
        var (unreadableAt, plannedAt) = (Counts + (int)Number(reply[3]), Counts + (int)Number(reply[3]) + (2 * (int)Number(reply[4])));
        var (waiting, planned) = (Array.ConvertAll(reply[Counts..unreadableAt], static member => member.ToString()), reply[plannedAt..]);
        foreach (var unreadable in reply[unreadableAt..plannedAt].Chunk(2))
        {
            logger.TriggerUnreadable(Excerpt.Of(unreadable[0]), Excerpt.Of(unreadable[1], LongestTrouble));
        }

        if (waiting.Length > 0)
        {
            (var more, next) = await FireWaitingAsync(waiting).ConfigureAwait(false);
            fired += more;
        }

        if (planned.Length > 0)
        {
            (var more, next) = await FireAsync([.. planned.Chunk(DueTrigger.Words).Select(words => Plan(DueTrigger.Parse(words), now))]).ConfigureAwait(false);
            fired += more;
        }

        if (fired > 0)
        {
            logger.TriggersFired(fired, partition.Index);
        }

        return (now, next);
    }

    private static long Number(RedisValue word) => long.Parse(word.ToString(), CultureInfo.InvariantCulture);

    private (DueTrigger Trigger, FirePlan? Plan, string Trouble) Plan(DueTrigger trigger, long now)
    {
        try
        {
            return (trigger, trigger.Plan(now), string.Empty);
        }
        catch (Exception e)
        {
            // One trigger's edge: a zone that this machine does not know, or what somebody has written into its hash, must not hold up the others.
            logger.TriggerNotPlanned(e, Excerpt.Of(trigger.Id));
            return (trigger, null, Failures.Describe(e, LongestTrouble));
        }
    }

    // Triggers over time whose moment has come, id#version#key.
    private async ValueTask<(int Fired, long Next)> FireWaitingAsync(string[] members)
    {
        var call = new ScriptCall().Key(partition.Keys.Root).Key(partition.Keys.Triggers).Key(partition.Keys.EndedTriggers);
        call.Add(keyspace.PinnedNow).Add(partition.ServerChannel).Add(group).Add(keyspace.DeduplicationMs).Add(keyspace.ProcessedRetention);
        foreach (var member in members)
        {
            var id = member[..member.IndexOf('#', StringComparison.Ordinal)];
            call.Key(partition.Keys.Trigger(id)).Add(member).Add(id);
            foreach (var key in partition.Keys.OverTime(member))
            {
                call.Key(key);
            }
        }

        var reply = await keyspace.Scripts.RunForWordsAsync(Script.FireWaiting, call.Keys, call.Arguments).ConfigureAwait(false);
        foreach (var given in reply.Skip(2).Chunk(2))
        {
            _givenUp.Tell(given[0], given[1]);
        }

        return ((int)Number(reply[0]), Number(reply[1]));
    }

    private async ValueTask<(int Fired, long Next)> FireAsync((DueTrigger Trigger, FirePlan? Plan, string Trouble)[] all)
    {
        var call = new ScriptCall().Key(partition.Keys.Root).Key(partition.Keys.Triggers).Key(partition.Keys.EndedTriggers);
        call.Add(keyspace.PinnedNow).Add(partition.ServerChannel).Add(group).Add(keyspace.ProcessedRetention);
        var firings = 0;
        foreach (var (trigger, plan, trouble) in all)
        {
            // What one script would take too long for stays due, and comes next.
            if (firings > 0 && firings + plan?.Fire.Count > Batch)
            {
                break;
            }

            firings += plan?.Fire.Count ?? 0;
            call.Key(partition.Keys.Trigger(trigger.Id)).Add(trigger.Spec).Add(trigger.Due).Add(trigger.Fired).Add(plan?.Next ?? RedisValue.EmptyString)
                .Add(plan is null ? 0 : trigger.Missed + plan.Missed).Add(trouble).Add(plan?.Fire.Count ?? 0);
            foreach (var at in plan?.Fire ?? [])
            {
                call.Add(at);
            }
        }

        var reply = await keyspace.Scripts.RunForWordsAsync(Script.FirePlanned, call.Keys, call.Arguments).ConfigureAwait(false);
        return (reply.SkipLast(1).Sum(static word => Math.Max(0, int.Parse(word, CultureInfo.InvariantCulture))), Number(reply[^1]));
    }
}
