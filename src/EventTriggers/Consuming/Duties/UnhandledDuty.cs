using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Ends deliveries of one group in one partition that wait for a process which handles their type: when no live process has done so
/// for longer than its timeout, they become dead letters.
/// </summary>
internal sealed class UnhandledDuty(
    Keyspace keyspace, Partition partition, HostedGroup group, ReportedTypes reported, TimeProvider timeProvider, ILogger logger)
{
    // The most parked lists that a call looks at, and the most deliveries that it ends.
    private const int Lists = 100;
    private const int Limit = 200;
    private const int MaxRounds = 50;

    // After an outage of the whole group, the processes that handle a type may start after this one.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly long _since = timeProvider.GetTimestamp();

    /// <summary>Gets the group's name.</summary>
    public string Group => group.Name;

    public async ValueTask RunOnceAsync()
    {
        var timeout = group.Settings.UnhandledTimeout;
        var mayEnd = timeProvider.GetElapsedTime(_since) >= (timeout < StartTimeout ? timeout : StartTimeout);
        var from = 0;
        for (var round = 0; from >= 0 && round < MaxRounds; round++)
        {
            var reply = await keyspace.Scripts.RunAsync(new UnhandledRequest
            {
                Partition = partition,
                Group = group.Name,
                Now = keyspace.PinnedNow,
                Timeout = mayEnd ? timeout : null,
                From = from,
                Lists = Lists,
                Limit = Limit,
            }).ConfigureAwait(false);
            from = reply.Next;
            foreach (var type in reply.Types)
            {
                Report(type, timeout);
            }
        }
    }

    private void Report(UnhandledType unhandled, TimeSpan timeout)
    {
        if (!reported.Add(unhandled.Type, $"{(unhandled.IsDead ? "dead" : "held")} {group.Name}"))
        {
            return;
        }

        if (unhandled.IsDead)
        {
            logger.DeliveryUnhandled(unhandled.Id, Excerpt.Of(unhandled.Type), group.Name, timeout);
        }
        else
        {
            logger.TypeUnhandled(group.Name, Excerpt.Of(unhandled.Type), unhandled.Count, partition.Index, timeout);
        }
    }
}
