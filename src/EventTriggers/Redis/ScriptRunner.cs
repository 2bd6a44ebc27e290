using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Sends a script by its hash, and once more as text where the server does not know it.</summary>
internal sealed class ScriptRunner(IDatabase database)
{
    // A script must never run on a replica, also not while there is no primary.
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    /// <summary>Runs a script. The reply holds pooled memory: dispose it.</summary>
    public async ValueTask<RespResult> RunAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        try
        {
            return await database.ScriptEvaluateRespAsync(script.Sha1, keys, arguments, Flags).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Kind == RedisErrorKind.NoScript)
        {
            return await database.ScriptEvaluateRespAsync(script.Text, keys, arguments, Flags).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a script whose reply is one word.</summary>
    public async ValueTask<string> RunForWordAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        using var reply = await RunAsync(script, keys, arguments).ConfigureAwait(false);
        return reply.ReadScalar().ReadString()!;
    }

    /// <summary>Runs a script whose reply is a list of words or numbers.</summary>
    public async ValueTask<string[]> RunForWordsAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        using var reply = await RunAsync(script, keys, arguments).ConfigureAwait(false);
        return Words(reply);
    }

    /// <summary>Runs a script whose reply is a list of values, byte for byte: what was read is given back to be compared.</summary>
    public async ValueTask<RedisValue[]> RunForValuesAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        using var reply = await RunAsync(script, keys, arguments).ConfigureAwait(false);
        return Values(reply);
    }

    private static RedisValue[] Values(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var values = new RedisValue[reader.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reader.NextBytes();
        }

        return values;
    }

    private static string[] Words(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var words = new string[reader.Count];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = reader.NextString()!;
        }

        return words;
    }
}
