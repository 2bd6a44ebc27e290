using System.Text.Json;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks;

/// <summary>The library's scripts with nothing around them: what the client and the server can do together.</summary>
internal sealed class Bare(IDatabase database, string prefix)
{
    // More in flight, or more in a batch, was not faster.
    private const int Loops = 4;
    private const int Batch = 100;
    private const long LeaseMs = 20_000;

    private readonly byte[] _payload = JsonSerializer.SerializeToUtf8Bytes(Payload.Of(0), JsonSerializerOptions.Web);
    private readonly RedisKeys _keys = new(prefix, 0);
    private readonly GroupKeys _group = new RedisKeys(prefix, 0).Of(Host.Group);
    private readonly GroupKeys _triggers = new RedisKeys(prefix, 0).Of("$triggers");
    private readonly long[] _sequences = new long[Loops];
    private int _left;

    /// <summary>Publishes in batches of 100.</summary>
    public Task PublishAsync(int events) => LoopAsync(async loop =>
    {
        for (var call = 0; call < events / Batch / Loops; call++)
        {
            var (keys, arguments) = WritePublish(loop);
            using var reply = await RunAsync(Script.Publish, keys, arguments);
            ThrowUnless(reply.ReadScalar().ReadString() == "ok");
        }
    });

    /// <summary>Claims and settles in batches of 100, until so many are settled.</summary>
    public Task DrainAsync(int events)
    {
        _left = events;
        return LoopAsync(async _ =>
        {
            while (Volatile.Read(ref _left) > 0)
            {
                if (await ClaimAsync() is { Count: > 0 } claimed)
                {
                    await SettleAsync(claimed);
                    Interlocked.Add(ref _left, -claimed.Count);
                }
            }
        });
    }

    private static void ThrowUnless(bool isOk)
    {
        if (!isOk)
        {
            throw new InvalidOperationException("The script did not do what it is measured for.");
        }
    }

    private static Task LoopAsync(Func<int, Task> loop) => Task.WhenAll(Enumerable.Range(0, Loops).Select(number => Task.Run(() => loop(number))));

    private (RedisKey[] Keys, RedisValue[] Arguments) WritePublish(int loop)
    {
        var keys = new List<RedisKey>(3 + Batch) { _keys.Root, _keys.Lanes, _keys.Routes(Payload.TypeName) };
        var arguments = new List<RedisValue>(5 + (8 * Batch)) { string.Empty, "nobody", $"bare.{loop}", ++_sequences[loop], 3_600_000 };
        for (var i = 0; i < Batch; i++)
        {
            var id = Guid.CreateVersion7().ToString("N");
            keys.Add(_keys.Event(id));
            arguments.Add(id);
            arguments.Add(Payload.TypeName);
            arguments.Add(_payload);
            for (var empty = 0; empty < 5; empty++)
            {
                arguments.Add(RedisValue.EmptyString);
            }
        }

        return (keys.ToArray(), arguments.ToArray());
    }

    private async Task<List<(string Id, long Fence)>> ClaimAsync()
    {
        RedisKey[] keys =
        [
            _keys.Root, _keys.Triggers, _group.Ready, _group.Delayed, _group.Leased, _group.Dead, _group.Ended, _group.Suspects,
            _triggers.Ready, _triggers.Delayed, _triggers.Leased, _triggers.Dead, _triggers.Ended, _triggers.Suspects,
        ];
        RedisValue[] arguments = [string.Empty, LeaseMs, 100_000, 262_144, 16_384, Host.Group, Batch, 1, "$triggers", Batch, 1];
        using var reply = await RunAsync(Script.Claim, keys, arguments);
        return Read(reply);
    }

    private static List<(string Id, long Fence)> Read(RespResult reply)
    {
        const int Header = 12;
        var reader = new FlatReply(reply);
        var claimed = new List<(string, long)>(Batch);
        var rest = reader.Count;
        for (var i = 0; i < Header; i++, rest--)
        {
            reader.NextInt64();
        }

        for (; rest > 0; rest -= 14)
        {
            reader.NextInt64();
            claimed.Add((reader.NextString()!, reader.NextInt64()));
            for (var i = 0; i < 4; i++)
            {
                reader.NextString();
            }

            reader.NextBytes();
            for (var i = 0; i < 6; i++)
            {
                reader.NextString();
            }
        }

        return claimed;
    }

    private async Task SettleAsync(List<(string Id, long Fence)> claimed)
    {
        List<RedisKey> keys = [_keys.Root, _group.Ready, _group.Delayed, _group.Leased, _group.Done, _group.Dead, _group.Ended, _group.Suspects];
        List<RedisValue> arguments =
            [string.Empty, "nobody", Host.Group, 3_600_000, claimed.Count, 10_000, 3_600_000, 10_000, 2_592_000_000];
        foreach (var (id, fence) in claimed)
        {
            keys.Add(_keys.Event(id));
            arguments.AddRange([id, fence, "done", 0, string.Empty, string.Empty, 0]);
        }

        using var reply = await RunAsync(Script.Settle, keys.ToArray(), arguments.ToArray());
        ThrowUnless(new FlatReply(reply).NextString() == "ok");
    }

    private async Task<RespResult> RunAsync(Script script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateRespAsync(script.Sha1, keys, arguments, CommandFlags.DemandMaster);
        }
        catch (RedisServerException e) when (e.Kind == RedisErrorKind.NoScript)
        {
            return await database.ScriptEvaluateRespAsync(script.Text, keys, arguments, CommandFlags.DemandMaster);
        }
    }
}
