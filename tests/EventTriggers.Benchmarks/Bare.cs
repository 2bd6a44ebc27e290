using System.Text.Json;
using EventTriggers.Consuming.Execution;
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
    private readonly DeliveryQueue _queue = new(Host.Group, 0);
    private readonly Partition _partition = new(0, new RedisKeys(prefix, 0), string.Empty, 0);
    private readonly int _number = Interlocked.Increment(ref _numbers);
    private readonly long[] _sequences = new long[Loops];
    private int _left;

    /// <summary>Publishes in batches of 100.</summary>
    public Task PublishAsync(int events) => LoopAsync(async loop =>
    {
        var request = new PublishRequest { Partition = _partition, DeduplicationMs = 3_600_000, Lane = $"bare.{_number}.{loop}" };
        for (var rest = events / Loops; rest > 0; rest -= Batch)
        {
            request.Events.Clear();
            for (var i = 0; i < Batch; i++)
            {
                request.Events.Add(new OutgoingEvent(IdGenerator.Next(), Payload.TypeName, _payload, Options: null));
            }

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
            var (claim, settle) = (NewClaim(), NewSettle());
            while (Volatile.Read(ref _left) > 0)
            {
                Interlocked.Add(ref _left, -await DrainAsync(claim, settle));
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

    private static Task LoopAsync(Func<int, Task> loop) =>
        Task.WhenAll(Enumerable.Range(0, Loops).Select(number => Task.Run(() => loop(number))));

    private ClaimRequest NewClaim() => new(_partition, [Host.Group])
    {
        Duration = TimeSpan.FromMilliseconds(LeaseMs),
        MaxReplyBytes = 100_000,
        MaxPayloadBytes = 262_144,
        MaxHeaderBytes = 16_384,
        SilenceMs = LeaseMs / 2,
        Holder = "bare",
        Call = 1,
    };

    private SettlePlainRequest NewSettle() => new(_partition, Host.Group) { ProcessedRetention = new Retention(10_000, 3_600_000) };

    private async Task<int> DrainAsync(ClaimRequest claim, SettlePlainRequest settle)
    {
        claim.Take(0, new ClaimSlots(Batch, HasQuarantine: true));
        var deliveries = (await _scripts.RunAsync(claim)).Groups[0].Deliveries;
        if (deliveries.Count > 0)
        {
            settle.Settlements.Clear();
            settle.Settlements.AddRange(
                deliveries.Select(delivery => new Settlement(new Lease(delivery, _partition, _queue, 0), Outcome.Done)));
            ThrowUnless((await _scripts.RunAsync(settle)).Count == 0);
        }

        return deliveries.Count;
    }
}
