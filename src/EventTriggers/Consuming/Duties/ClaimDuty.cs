using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Claims deliveries of one partition for all groups of this process, and hands them to their workers.</summary>
internal sealed class ClaimDuty : IDisposable
{
    // Shared by two groups so that neither starves the other; each may exceed it by one payload.
    private const int PayloadBudget = BatchLimits.Bytes / 2;

    // After so long without an answer the places that a claim has reserved are other partitions'.
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(250);

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly IReadOnlyList<ConsumerGroup> _groups;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly RedisKey[] _keys;
    private readonly DeliveryReader[] _readers;
    private readonly AdaptivePrefetch[] _paces;
    private readonly LostClaims _unreceived;
    private readonly ITimer _late;
    private readonly ScriptCall _call = new();

    private long _calls;
    private volatile ClaimReservation? _room;

    public ClaimDuty(Keyspace keyspace, Partition partition, IReadOnlyList<ConsumerGroup> groups, TimeProvider timeProvider, ILogger logger)
    {
        (_keyspace, _partition, _groups, _timeProvider, _logger) = (keyspace, partition, groups, timeProvider, logger);
        _keys =
        [
            partition.Keys.Root, partition.Keys.Triggers, partition.Keys.Keeper,
            .. groups.Select(group => partition.Keys.Of(group.Name)).SelectMany(static keys =>
                (RedisKey[])[keys.Ready, keys.Delayed, keys.Leased, keys.Dead, keys.Ended, keys.Suspects]),
        ];
        _readers = [.. groups.Select(static group => new DeliveryReader(group.Name))];
        _paces = [.. groups.Select(group => new AdaptivePrefetch(group, timeProvider))];
        _unreceived = new LostClaims(keyspace, partition, groups, timeProvider, logger);
        _late = timeProvider.CreateTimer(static self => ((ClaimDuty)self!).IsLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets or sets the consumer's name: leased deliveries say it of themselves, and a consumer that has registered the types that it handles claims what is parked for such under the same.</summary>
    public RedisValue Holder { get; set; } = IdGenerator.Next();

    public void Dispose() => _late.Dispose();

    /// <summary>Takes a consumer out of those that are woken. A ring that has reached it already is passed on.</summary>
    public async ValueTask LeaveAsync(string consumer)
    {
        foreach (var group in _groups)
        {
            await _keyspace.Database.SortedSetRemoveAsync(_partition.Keys.Of(group.Name).Waiting, consumer, CommandFlags.DemandMaster).ConfigureAwait(false);
        }

        await RunOnceAsync(consumer: null, isLeaving: true).ConfigureAwait(false);
    }

    /// <param name="consumer">Who is woken when there is something to do; <see langword="null"/> for one that hears no rings.</param>
    /// <param name="isLeaving">Whether it takes nothing, and only wakes another for what there is.</param>
    public async ValueTask<ClaimReport> RunOnceAsync(string? consumer, bool isLeaving = false)
    {
        if (_unreceived.IsDue)
        {
            await _unreceived.RunOnceAsync(Holder).ConfigureAwait(false);
        }

        using var room = new ClaimReservation(_partition, _groups, isLeaving);
        _room = room;
        _call.Clear().Add(_keyspace.PinnedNow).Add(_partition.ServerChannel).Add(consumer ?? string.Empty).Add(_keyspace.LeaseMs).Add(PayloadBudget)
            .Add(_keyspace.Options.MaxPayloadBytes).Add(EventTexts.MaxHeaderBytes).Add(Holder).Add(++_calls).Add(_keyspace.SilenceMs);
        for (var g = 0; g < _groups.Count; g++)
        {
            _paces[g].Sent();
            _call.Add(_groups[g].Name).Add(room.Places(g)).Add(room.HasSuspect(g) ? 1 : 0);
        }

        // Leases begin, at the earliest, when the call is sent.
        var sent = _timeProvider.GetTimestamp();
        using var reply = await ClaimAsync().ConfigureAwait(false);
        foreach (var pace in _paces)
        {
            pace.Heard();
        }

        return Read(reply, sent, room);
    }

    // The second time, and each time after it, there was no answer for a second.
    private void IsLate()
    {
        if (_room is { IsReturned: true })
        {
            _keyspace.Topology.Ask();
        }

        _room?.Return();
    }

    private async ValueTask<RespResult> ClaimAsync()
    {
        _late.Change(Late, Topology.Patience);
        try
        {
            return await _keyspace.Scripts.RunAsync(Script.Claim, _keys, _call.Arguments).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.Classify(e) == RedisFailure.Unknown)
        {
            _unreceived.Note(_calls);
            throw;
        }
        finally
        {
            // Also after a failure: what is not under way is not late.
            _late.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private ClaimReport Read(RespResult reply, long sent, ClaimReservation room)
    {
        var reader = new FlatReply(reply);
        var (now, delayed, expiry, trigger) = (reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64());
        var keepsTime = reader.NextInt64() == 1;
        var (left, suspects, begins, taken) = (new long[_groups.Count], new long[_groups.Count], new bool[_groups.Count], new int[_groups.Count]);
        for (var g = 0; g < _groups.Count; g++)
        {
            (left[g], suspects[g]) = (reader.NextInt64(), reader.NextInt64());
            if (reader.NextInt64() is var unread and > 0)
            {
                _logger.DeliveriesUnread(unread, _groups[g].Name);
            }

            (begins[g], taken[g]) = (reader.NextInt64() == 1, reader.NextInt32());
        }

        var hasTaken = taken.Any(static count => count > 0);
        for (var g = 0; g < _groups.Count; g++)
        {
            for (; taken[g] > 0; taken[g]--)
            {
                var delivery = _readers[g].Read(ref reader);
                var isHeld = room.Take(g, begins[g]);
                _groups[g].Accept(new Lease(delivery, _partition, sent) { IsSuspect = begins[g] && isHeld });
                begins[g] = false;
            }
        }

        return new ClaimReport(now, delayed, expiry, trigger, keepsTime, left, suspects, hasTaken);
    }
}
