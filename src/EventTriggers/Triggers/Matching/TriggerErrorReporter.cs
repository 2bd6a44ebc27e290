using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.OverTime;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>Tells why a trigger does not fire: in the log, and in its hash, where <see cref="TriggerRecord.Error"/> is read. Each process tells it once for a trigger that it holds.</summary>
internal sealed class TriggerErrorReporter(Keyspace keyspace, ILogger logger)
{
    private const int LongestError = 500;

    private readonly DroppedEventReporter _givenUp = new(keyspace, logger);

    /// <summary>Tells that a trigger's hash cannot be read.</summary>
    public ValueTask TellUnreadableAsync(TriggerSubscription watch, Exception failure)
    {
        logger.PatternUnreadable(failure, watch.Id);
        return RecordAsync(watch, $"It cannot be read: {Failures.MessageOf(failure)}");
    }

    /// <summary>Tells why a trigger does not fire for an event.</summary>
    public ValueTask TellAsync(SubscribedTrigger trigger, string source, string why)
    {
        if (!trigger.TryTell())
        {
            return ValueTask.CompletedTask;
        }

        logger.TriggerNotFired(trigger.Watch.Id, source, why);
        return RecordAsync(trigger.Watch, $"It did not fire for event {source}: {why}.");
    }

    /// <summary>Tells that a trigger over time gave an event up; the script has recorded it.</summary>
    public void TellGivenUp(string trigger, string word) => _givenUp.Tell(trigger, word);

    private async ValueTask RecordAsync(TriggerSubscription watch, string error)
    {
        if (watch.Role == SubscriptionRole.CancelEvent)
        {
            return;
        }

        try
        {
            var keys = keyspace.PartitionOf(watch.Id).Keys;
            await keyspace.Scripts.RunForWordAsync(Script.TellTrigger, (RedisKey[])[keys.Root, keys.Trigger(watch.Id)], (RedisValue[])[watch.Version, Excerpt.Of(error, LongestError)])
                .ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // The log has it.
        }
    }
}
