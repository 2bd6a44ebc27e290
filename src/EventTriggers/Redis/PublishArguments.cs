using StackExchange.Redis;

namespace EventTriggers;

/// <summary>An outgoing event as the scripts that accept events take it; see accept() in the prelude.</summary>
internal static class PublishArguments
{
    public static void Add(OutgoingEvent outgoing, RedisKeys partition, List<RedisKey> keys, List<RedisValue> arguments)
    {
        keys.Add(partition.Event(outgoing.Id.Value));
        AddOnce(keys, partition.Routes(outgoing.Type));
        if (outgoing.IdWasChosen)
        {
            keys.Add(partition.Seen(outgoing.Id.Value));
        }

        arguments.Add(outgoing.Id.Value);
        arguments.Add(outgoing.Type);
        arguments.Add(outgoing.Json);
        arguments.Add(outgoing.DelayMs ?? RedisValue.EmptyString);
        arguments.Add(outgoing.ExpiresMs ?? RedisValue.EmptyString);
        arguments.Add(outgoing.CorrelationId ?? RedisValue.EmptyString);
        arguments.Add(outgoing.Headers ?? RedisValue.EmptyString);
        arguments.Add(outgoing.IdWasChosen ? "1" : RedisValue.EmptyString);
    }

    // A batch mostly has one type: looking back over the keys of the event before finds it.
    private static void AddOnce(List<RedisKey> keys, RedisKey key)
    {
        for (var i = keys.Count - 1; i >= Math.Max(0, keys.Count - 3); i--)
        {
            if (keys[i] == key)
            {
                return;
            }
        }

        keys.Add(key);
    }
}
