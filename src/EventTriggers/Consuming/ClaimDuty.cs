using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>What a claim found besides deliveries: when there is something to do next, in ms by the clock of Redis, or −1;
/// and whether this consumer is the one that wakes for the next trigger.</summary>
internal sealed record ClaimReport(long Now, long NextDelayed, long NextExpiry, long NextTrigger, bool KeepsTime, long[] Left, long[] Suspects, bool HasTaken);

/// <summary>Claims deliveries of one partition for all groups of this process, and hands them to their workers.</summary>
internal sealed class ClaimDuty(
    Keyspace keyspace, Partition partition, IReadOnlyList<ConsumerGroup> groups, TimeProvider timeProvider, ILogger logger)
{
    // Shared by two groups so that neither starves the other; each may exceed it by one payload.
    private const int PayloadBudget = CallLimit.Bytes / 2;

    private readonly RedisKey[] _keys =
    [
        partition.Keys.Root, partition.Keys.Triggers, partition.Keys.Keeper,
        .. groups.Select(group => partition.Keys.Of(group.Name)).SelectMany(static keys =>
            (RedisKey[])[keys.Ready, keys.Delayed, keys.Leased, keys.Dead, keys.Ended, keys.Suspects]),
    ];

    private readonly DeliveryReader[] _readers = [.. groups.Select(static group => new DeliveryReader(group.Name))];
    private readonly Pace[] _paces = [.. groups.Select(group => new Pace(group, timeProvider))];
    private readonly Call _call = new();

    // What leased deliveries say of themselves.
    private readonly RedisValue _holder = NewIds.Next();
    private readonly Unreceived _unreceived = new(keyspace, partition, groups, timeProvider, logger);
    private long _calls;

    /// <summary>Takes a consumer out of those that are woken. A ring that has reached it already is passed on.</summary>
    public async ValueTask LeaveAsync(string consumer)
    {
        foreach (var group in groups)
        {
            await keyspace.Database.SortedSetRemoveAsync(partition.Keys.Of(group.Name).Waiting, consumer, CommandFlags.DemandMaster).ConfigureAwait(false);
        }

        await RunOnceAsync(consumer: null, isLeaving: true).ConfigureAwait(false);
    }

    /// <param name="consumer">Who is woken when there is something to do; <see langword="null"/> for one that hears no rings.</param>
    /// <param name="isLeaving">Whether it takes nothing, and only wakes another for what there is.</param>
    public async ValueTask<ClaimReport> RunOnceAsync(string? consumer, bool isLeaving = false)
    {
        if (_unreceived.IsDue)
        {
            await _unreceived.RunOnceAsync(_holder).ConfigureAwait(false);
        }

        var reserved = new int[groups.Count];
        var suspect = new bool[groups.Count];
        try
        {
            _call.Clear().Add(keyspace.PinnedNow).Add(partition.ServerChannel).Add(consumer ?? string.Empty).Add(keyspace.LeaseMs).Add(PayloadBudget)
                .Add(keyspace.Options.MaxPayloadBytes).Add(EventTexts.MaxHeaderBytes).Add(_holder).Add(++_calls);
            for (var g = 0; g < groups.Count; g++)
            {
                reserved[g] = isLeaving ? 0 : groups[g].Reserve(keyspace.Partitions.Count);
                suspect[g] = reserved[g] > 0 && groups[g].ReserveSuspect();
                _paces[g].Sent();
                _call.Add(groups[g].Name).Add(reserved[g]).Add(suspect[g] ? 1 : 0);
            }

            // Leases begin, at the earliest, when the call is sent.
            var sent = timeProvider.GetTimestamp();
            using var reply = await ClaimAsync().ConfigureAwait(false);
            foreach (var pace in _paces)
            {
                pace.Heard();
            }

            return Read(reply, sent, reserved, suspect);
        }
        finally
        {
            for (var g = 0; g < groups.Count; g++)
            {
                if (suspect[g])
                {
                    groups[g].ReturnSuspect();
                }

                groups[g].Return(reserved[g]);
            }
        }
    }

    private async ValueTask<RespResult> ClaimAsync()
    {
        try
        {
            return await keyspace.Scripts.RunAsync(Script.Claim, _keys, _call.Arguments).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.Classify(e) == RedisFailure.Unknown)
        {
            _unreceived.Note(_calls);
            throw;
        }
    }

    private ClaimReport Read(RespResult reply, long sent, int[] reserved, bool[] suspect)
    {
        var reader = new FlatReply(reply);
        var (now, delayed, expiry, trigger) = (reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64());
        var keepsTime = reader.NextInt64() == 1;
        var (left, suspects, begins, taken) = (new long[groups.Count], new long[groups.Count], new bool[groups.Count], new int[groups.Count]);
        for (var g = 0; g < groups.Count; g++)
        {
            (left[g], suspects[g]) = (reader.NextInt64(), reader.NextInt64());
            if (reader.NextInt64() is var unread and > 0)
            {
                logger.DeliveriesUnread(unread, groups[g].Name);
            }

            (begins[g], taken[g]) = (reader.NextInt64() == 1, reader.NextInt32());
        }

        var hasTaken = taken.Any(static count => count > 0);
        for (var g = 0; g < groups.Count; g++)
        {
            for (; taken[g] > 0; taken[g]--)
            {
                var delivery = _readers[g].Read(ref reader);
                reserved[g]--;
                groups[g].Accept(new Lease(delivery, partition, sent) { IsSuspect = begins[g] });
                if (begins[g])
                {
                    // Its worker returns it.
                    (begins[g], suspect[g]) = (false, false);
                }
            }
        }

        return new ClaimReport(now, delayed, expiry, trigger, keepsTime, left, suspects, hasTaken);
    }
}
