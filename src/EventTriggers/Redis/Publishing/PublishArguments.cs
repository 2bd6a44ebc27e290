using System.Globalization;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Publishing;

/// <summary>Writes outgoing events as accept() in _accept.lua takes them.</summary>
internal static class PublishArguments
{
    /// <summary>Adds the contents of the events, in runs of plain events of one type, in the order of their keys.</summary>
    public static void AddEvents(ScriptCall call, IEnumerable<OutgoingEvent> events)
    {
        var (run, plain) = (-1, 0);
        OutgoingEvent? before = null;
        foreach (var outgoing in events)
        {
            if (outgoing.IsPlain && before is { IsPlain: true } && before.Type == outgoing.Type)
            {
                call.Set(run, ++plain);
                call.Add(outgoing.Json);
            }
            else
            {
                call.Add(outgoing.Type);
                (run, plain) = (call.Reserve(), outgoing.IsPlain ? 1 : 0);
                call.Set(run, plain);
                call.Add(outgoing.Json);
                if (outgoing.Options is { } options)
                {
                    AddOptions(call, options);
                }
            }

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
