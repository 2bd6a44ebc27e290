using System.Globalization;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Publishing;

/// <summary>Writes outgoing events as accept() in _accept.lua takes them.</summary>
internal static class PublishArguments
{
    /// <summary>
    /// Adds the contents of the events, in runs of plain events of one type, with or without a trace, in the order of their keys.
    /// </summary>
    public static void AddEvents(ScriptCall call, IEnumerable<OutgoingEvent> events)
    {
        var (run, count) = (-1, 0);
        OutgoingEvent? before = null;
        foreach (var outgoing in events)
        {
            // The sign of a run's count says whether its events have a trace.
            var one = outgoing.Trace is null ? 1 : -1;
            var goesOn = outgoing.IsPlain && before is { IsPlain: true } && before.Type == outgoing.Type && Math.Sign(count) == one;
            if (goesOn)
            {
                count += one;
            }
            else
            {
                call.Add(outgoing.Type);
                (run, count) = (call.Reserve(), outgoing.IsPlain ? one : 0);
            }

            call.Set(run, count);
            call.Add(outgoing.Json);
            AddRest(call, outgoing, isAsBefore: goesOn && outgoing.Trace == before!.Trace);
            before = outgoing;
        }
    }

    /// <summary>Adds the hashes of the events, in their order, and then the other keys that accepting them touches.</summary>
    public static void AddKeys(ScriptCall call, RedisKeys partition, IEnumerable<OutgoingEvent> events)
    {
        foreach (var outgoing in events)
        {
            call.Key(partition.Event(outgoing.Id));
        }

        OutgoingEvent? before = null;
        foreach (var outgoing in events)
        {
            if (outgoing.Type != before?.Type)
            {
                call.Key(partition.Routes(outgoing.Type));
            }

            if (outgoing.IdWasChosen)
            {
                call.Key(partition.Seen(outgoing.Id));
            }

            before = outgoing;
        }
    }

    private static void AddRest(ScriptCall call, OutgoingEvent outgoing, bool isAsBefore)
    {
        if (outgoing.Options is { } options)
        {
            AddOptions(call, options);
            call.Add(outgoing.Trace ?? RedisValue.EmptyString);
            call.Add(options.Key ?? RedisValue.EmptyString);
            call.Add(options.Priority ?? RedisValue.EmptyString);
            call.Add(options.Unique?.ToArgument(options.Key) ?? RedisValue.EmptyString);
        }
        else if (outgoing.Trace is { } trace)
        {
            call.Add(isAsBefore ? RedisValue.EmptyString : trace);
        }
    }

    private static void AddOptions(ScriptCall call, OutgoingOptions options)
    {
        call.Add(
            options.DueMs is { } due ? string.Create(CultureInfo.InvariantCulture, $"@{due}") : options.DelayMs ?? RedisValue.EmptyString);
        call.Add(options.ExpiresMs ?? RedisValue.EmptyString);
        call.Add(options.CorrelationId ?? RedisValue.EmptyString);
        call.Add(options.Headers ?? RedisValue.EmptyString);
        call.Add(options.IdWasChosen ? "1" : RedisValue.EmptyString);
        call.Add(options.Chain.ToString());
        call.Add(options.CancelOn?.ToString() ?? RedisValue.EmptyString);
    }
}
