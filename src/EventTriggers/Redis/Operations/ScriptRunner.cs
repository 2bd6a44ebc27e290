using System.Collections.Concurrent;
using System.Diagnostics;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>Sends scripts by their hash, and once more as text where the server does not know them.</summary>
internal sealed class ScriptRunner(IDatabase database, Topology? topology = null)
{
    // A script must never run on a replica, even while there is no primary.
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    // Otherwise the client would send SCRIPT LOAD before the text, which hosts have no right to; EVAL makes the text known, too.
    private const CommandFlags TextFlags = Flags | CommandFlags.NoScriptCache;

    // Only calls that were answered are filled again: the client may still send the others.
    private readonly ConcurrentBag<ScriptCall> _calls = [];

    /// <summary>Runs a script.</summary>
    /// <exception cref="RedisException">The call failed, or its server was replaced before it answered: what a replaced server does is
    /// lost.</exception>
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

    // The reply holds pooled memory: dispose it.
    private async ValueTask<RespResult> RunAsync(Script script, ReadOnlyMemory<RedisKey> keys, ReadOnlyMemory<RedisValue> arguments)
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

        _ = sent.ContinueWith(
            static late => Forget(late), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        throw new RedisException($"{primary} was replaced before it answered.");

        // A server that was unknown when the call was sent was not replaced.
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
}
