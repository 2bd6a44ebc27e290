using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Triggers.OverTime;

/// <summary>Tells what triggers over time give up: for each trigger and reason at most once a minute. The trigger's hash says the last reason in its field 'error'.</summary>
internal sealed class DroppedEventReporter(Keyspace keyspace, ILogger logger)
{
    private const long PauseMs = 60_000;
    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<(string Trigger, string Word), long> _told = new();

    /// <summary>Tells it.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="word">What observe.lua or fire_waiting.lua answers; anything but a reason is passed over.</param>
    public void Tell(string trigger, string word)
    {
        if (ReasonOf(word) is { } reason && IsNew((trigger, word)))
        {
            logger.EventGivenUp(trigger, reason);
        }
    }

    private static string? ReasonOf(string word) => word switch
    {
        "late" => "It was matched, or due, long after others with the same value of the trigger's key, so what decides about it may be forgotten: it was passed over.",
        "crowded" => "The trigger's key has too many values at a time: events with further ones are passed over.",
        "full" => "Too many events with the same value of the trigger's key count or wait: the oldest were dropped.",
        "stale" => "It was matched later than what is known of a value of the trigger's key is kept: it counts, but what came before may have been forgotten.",
        "unreadable" => "Something else has written into the trigger's hash: it was passed over, or is tried again in a minute. Mend the hash, or cancel the trigger.",
        _ => null,
    };

    private bool IsNew((string Trigger, string Word) key)
    {
        var now = keyspace.HostMs;
        if (_told.TryGetValue(key, out var last) && now - last < PauseMs)
        {
            return false;
        }

        if (_told.Count >= MostRemembered)
        {
            _told.Clear();
        }

        _told[key] = now;
        return true;
    }
}
