using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Sends a script by its hash, and once more as text where the server does not know it.</summary>
internal sealed class ScriptRunner(IDatabase database, Topology? topology = null)
{
    // A script must never run on a replica, also not while there is no primary.
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    // The client would send SCRIPT LOAD before the text, which no host has the right to; EVAL makes the text known as well.
    private const CommandFlags TextFlags = Flags | CommandFlags.NoScriptCache;

    // Of calls that were answered: what the client may still send must not be overwritten.
    private readonly ConcurrentBag<ScriptCall> _calls = [];

    /// <summary>Runs a script.</summary>
    /// <exception cref="RedisException">It failed, or who answered was replaced meanwhile: what a server does that has been replaced is forgotten.</exception>
    public async ValueTask<TReply> RunAsync<TReply>(IScriptRequest<TReply> request)
    {
        var call = _calls.TryTake(out var used) ? used : new ScriptCall();
        request.Write(call);
        TReply answer;
        using (var reply = await RunAsync(request.Script, call.Keys, call.Arguments).ConfigureAwait(false))
        {
            answer = request.Read(reply);
        }

        _calls.Add(call.Clear());
        return answer;
    }

    /// <summary>Runs a script. The reply holds pooled memory: dispose it.</summary>
    /// <exception cref="RedisException">It failed, or who answered was replaced meanwhile: what a server does that has been replaced is forgotten.</exception>
    public async ValueTask<RespResult> RunAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        script.ThrowUnlessFits(keys.Length, arguments.Length);
        if (topology is null)
        {
            return await SendAsync(script, keys, arguments).ConfigureAwait(false);
        }

        var (since, primary) = (Stopwatch.GetTimestamp(), topology.PrimaryOf(keys.Span[0]));
        var sent = SendAsync(script, keys, arguments).AsTask();
        while (!sent.IsCompleted)
        {
            await Task.WhenAny(sent, topology.Moved).ConfigureAwait(false);
            if (!sent.IsCompleted && HasMoved())
            {
                break;
            }
        }

        if (sent.IsCompleted && (Stopwatch.GetElapsedTime(since) < Topology.Patience || !HasMoved()))
        {
            return await sent.ConfigureAwait(false);
        }

        _ = sent.ContinueWith(static late => Forget(late), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        throw new RedisException($"{primary} was replaced before it answered.");

        // Who was not there when it was sent was not replaced.
        bool HasMoved() => primary is not null && topology.PrimaryOf(keys.Span[0])?.Equals(primary) == false;
    }

    private static void Forget(Task<RespResult> late)
    {
        if (late.IsCompletedSuccessfully)
        {
            late.Result.Dispose();
        }
        else
        {
            _ = late.Exception;
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

    private async ValueTask<RespResult> SendAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
    {
        try
        {
            return await database.ScriptEvaluateRespAsync(script.Sha1, keys, arguments, Flags).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Kind == RedisErrorKind.NoScript)
        {
            return await database.ScriptEvaluateRespAsync(script.Text, keys, arguments, TextFlags).ConfigureAwait(false);
        }
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
