using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Triggers.OverTime;

/// <summary>
/// Reports what triggers over time drop: at most once a minute for each trigger and reason. The field 'error' of the trigger's hash holds
/// the last reason.
/// </summary>
internal sealed class DroppedEventReporter(Keyspace keyspace, ILogger logger)
{
    private const long PauseMs = 60_000;
    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<(string Trigger, DropReason Reason), long> _reported = new();

    /// <summary>Reports what a trigger dropped; <see cref="DropReason.None"/> is not reported.</summary>
    public void Report(string trigger, DropReason reason)
    {
        if (reason != DropReason.None && IsNew((trigger, reason)))
        {
            logger.EventDropped(trigger, Describe(reason));
        }
    }

    private static string Describe(DropReason reason) => reason switch
    {
        DropReason.Late =>
            "An event was matched, or due, long after others with the same value of the trigger's key, "
            + "so what decides about it may be forgotten: it was dropped.",
        DropReason.Crowded => "The trigger's key has too many values at a time: events with further values are dropped.",
        DropReason.Full => "Too many events with the same value of the trigger's key count or wait: the oldest were dropped.",
        DropReason.Stale =>
            "An event was matched later than what is known of a value of the trigger's key is kept: "
            + "it counts, but what came before may have been forgotten.",
        DropReason.Unreadable =>
            "Something else has written into the trigger's hash: an event was dropped, or is tried again in a minute. "
            + "Repair the hash, or cancel the trigger.",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Is not a reason."),
    };

    private bool IsNew((string Trigger, DropReason Reason) key)
    {
        var now = keyspace.HostMs;
        if (_reported.TryGetValue(key, out var last) && now - last < PauseMs)
        {
            return false;
        }

        if (_reported.Count >= MostRemembered)
        {
            _reported.Clear();
        }

        _reported[key] = now;
        return true;
    }
}
