using System.Text.Json;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks;

/// <summary>The library's scripts with nothing around them: what the client and the server can do together.</summary>
internal sealed class Bare(IDatabase database, string prefix)
{
    private const int Loops = 4;
    private const int Batch = 100;
    private const long LeaseMs = 20_000;

    private static int _numbers;

    private readonly ScriptRunner _scripts = new(database);
    private readonly byte[] _payload = JsonSerializer.SerializeToUtf8Bytes(Payload.Of(0), JsonSerializerOptions.Web);
    private readonly RedisKeys _keys = new(prefix, 0);
    private readonly Partition _partition = new(0, new RedisKeys(prefix, 0), string.Empty, 0);
    private readonly GroupKeys _group = new RedisKeys(prefix, 0).Of(Host.Group);
    private readonly int _number = Interlocked.Increment(ref _numbers);
    private readonly long[] _sequences = new long[Loops];
    private int _left;

    /// <summary>Publishes in batches of 100.</summary>
    public Task PublishAsync(int events) => LoopAsync(async loop =>
    {
        var (request, batch) = (new PublishRequest { Partition = _partition, DeduplicationMs = 3_600_000, Lane = $"bare.{_number}.{loop}" }, new OutgoingEvent[Batch]);
        for (var rest = events / Loops; rest > 0; rest -= Batch)
        {
            for (var i = 0; i < Batch; i++)
            {
                batch[i] = new OutgoingEvent(IdGenerator.Next(), Payload.TypeName, _payload, Options: null);
            }

            request.Take(batch, Batch);
            request.Sequence = ++_sequences[loop];
            ThrowUnless((await _scripts.RunAsync(request)).Repeated.Count == 0);
        }
    });

    /// <summary>Claims and settles in batches of 100, until so many are settled.</summary>
    public Task DrainAsync(int events)
    {
        _left = events;
        return LoopAsync(async _ =>
        {
            var (ids, call) = (new List<string>(), new ScriptCall());
            while (Volatile.Read(ref _left) > 0)
            {
                if (await ClaimAsync(ids) > 0)
                {
                    await SettleAsync(ids, call);
                    Interlocked.Add(ref _left, -ids.Count);
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

    private async Task<int> ClaimAsync(List<string> ids)
    {
        RedisKey[] keys =
        [
            _keys.Root, _keys.Triggers, _keys.Keeper, _group.Ready, _group.Delayed, _group.Leased, _group.Dead, _group.Ended, _group.Suspects,
        ];
        RedisValue[] arguments = [string.Empty, "nobody", string.Empty, LeaseMs, 100_000, 262_144, 16_384, "bare", 1, LeaseMs / 2, Host.Group, Batch, 1];
        using var reply = await _scripts.RunAsync(Script.Claim, keys, arguments);
        return Read(reply, ids);
    }

    private static int Read(RespResult reply, List<string> ids)
    {
        ids.Clear();
        var reader = new FlatReply(reply);
        for (var i = 0; i < 10; i++)
        {
            reader.Next();
        }

        for (var rest = reader.Count - 10; rest > 0; rest -= 4)
        {
            ids.Add(reader.NextString()!);
            reader.Next();
            reader.Next();
            for (var values = reader.NextList(); values > 0; values--)
            {
                reader.Next();
            }
        }

        return ids.Count;
    }

    private async Task SettleAsync(List<string> ids, ScriptCall call)
    {
        call.Clear().Key(_keys.Root).Key(_group.Ready).Key(_group.Delayed).Key(_group.Leased).Key(_group.Done).Key(_group.Dead).Key(_group.Ended)
            .Key(_group.Suspects);
        call.Add([string.Empty, "nobody", Host.Group, 3_600_000, ids.Count, 0, 10_000, 3_600_000, 10_000, 2_592_000_000]);
        foreach (var id in ids)
        {
            call.Key(_keys.Event(id));
        }

        using var reply = await _scripts.RunAsync(Script.Settle, call.Keys, call.Arguments);
        ThrowUnless(new FlatReply(reply).Count == 0);
    }
}
