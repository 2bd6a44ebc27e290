using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.OverTime;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// Reports why a trigger does not fire, in the log and in its hash, which <see cref="TriggerRecord.Error"/> reads. Each process reports a
/// trigger that it caches once.
/// </summary>
internal sealed class TriggerErrorReporter(Keyspace keyspace, ILogger logger)
{
    private const int LongestError = 500;

    private readonly DroppedEventReporter _dropped = new(keyspace, logger);

    /// <summary>Reports that the definition of a trigger cannot be read, or that a CancelOn cannot be applied.</summary>
    public ValueTask ReportFailureAsync(TriggerSubscription subscription, Exception failure)
    {
        if (subscription.Cancels)
        {
            logger.CancelOnFailed(failure, subscription.Role == SubscriptionRole.CancelEvent ? "event" : "trigger", subscription.Id);
            return RecordAsync(subscription, $"Its CancelOn could not be applied: {Failures.MessageOf(failure)}");
        }

        logger.TriggerDefinitionUnreadable(failure, subscription.Id);
        return RecordAsync(subscription, $"It cannot be read: {Failures.MessageOf(failure)}");
    }

    /// <summary>Reports why a trigger does not fire for an event.</summary>
    public ValueTask ReportAsync(SubscribedTrigger trigger, string source, string why)
    {
        if (!trigger.TryReport())
        {
            return ValueTask.CompletedTask;
        }

        logger.TriggerNotFired(trigger.Subscription.Id, source, why);
        return RecordAsync(trigger.Subscription, $"It did not fire for event {source}: {why}.");
    }

    /// <summary>Reports that a trigger over time dropped an event, which the script has recorded.</summary>
    public void ReportDropped(string trigger, DropReason reason) => _dropped.Report(trigger, reason);

    private async ValueTask RecordAsync(TriggerSubscription subscription, string error)
    {
        if (subscription.Role == SubscriptionRole.CancelEvent)
        {
            return;
        }

        try
        {
            await keyspace.Scripts.RunAsync(new RecordTriggerErrorRequest
            {
                Partition = keyspace.PartitionOf(subscription.Id),
                Id = subscription.Id,
                Version = subscription.Version,
                Error = Excerpt.Of(error, LongestError),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // The log has it.
        }
    }
}
