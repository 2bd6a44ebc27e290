using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

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
    private readonly AdaptivePrefetch[] _paces;
    private readonly LostClaims _unreceived;
    private readonly ITimer _late;
    private readonly ClaimRequest _request;

    private volatile ClaimReservation? _room;

    public ClaimDuty(Keyspace keyspace, Partition partition, IReadOnlyList<ConsumerGroup> groups, TimeProvider timeProvider, ILogger logger)
    {
        (_keyspace, _partition, _groups, _timeProvider, _logger) = (keyspace, partition, groups, timeProvider, logger);
        _request = new ClaimRequest(partition, [.. groups.Select(static group => group.Name)])
        {
            Duration = keyspace.Options.LeaseDuration,
            MaxReplyBytes = PayloadBudget,
            MaxPayloadBytes = keyspace.Options.MaxPayloadBytes,
            MaxHeaderBytes = EventTexts.MaxHeaderBytes,
            SilenceMs = keyspace.SilenceMs,
        };
        _paces = [.. groups.Select(group => new AdaptivePrefetch(group, timeProvider))];
        _unreceived = new LostClaims(keyspace, partition, [.. groups.Select(static group => group.Name)], timeProvider, logger);
        _late = timeProvider.CreateTimer(static self => ((ClaimDuty)self!).IsLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets or sets the consumer's name: leased deliveries say it of themselves, and a consumer that has registered the types that it handles claims what is parked for such under the same.</summary>
    public string Holder { get; set; } = IdGenerator.Next();

    public void Dispose() => _late.Dispose();

    /// <summary>Takes a consumer out of those that are woken. A ring that has reached it already is passed on.</summary>
    public async ValueTask LeaveAsync(string consumer)
    {
        foreach (var group in _groups)
        {
            await new ConsumerRegistry(_keyspace, _partition).RemoveWaitingAsync(group.Name, consumer).ConfigureAwait(false);
        }

        await RunOnceAsync(consumer: null, isLeaving: true).ConfigureAwait(false);
    }

    /// <param name="consumer">Who is woken when there is something to do; <see langword="null"/> for one that hears no rings.</param>
    /// <param name="isLeaving">Whether it takes nothing, and only wakes another for what there is.</param>
    public async ValueTask<ClaimReply> RunOnceAsync(string? consumer, bool isLeaving = false)
    {
        if (_unreceived.IsDue)
        {
            await _unreceived.RunOnceAsync(Holder).ConfigureAwait(false);
        }

        using var room = new ClaimReservation(_partition, _groups, isLeaving);
        _room = room;
        (_request.Now, _request.Consumer, _request.Holder, _request.Call) = (_keyspace.PinnedNow, consumer, Holder, _request.Call + 1);
        for (var g = 0; g < _groups.Count; g++)
        {
            _paces[g].Sent();
            _request.Take(g, new ClaimSlots(room.Places(g), room.HasSuspect(g)));
        }

        // Leases begin, at the earliest, when the call is sent.
        var sent = _timeProvider.GetTimestamp();
        var reply = await ClaimAsync().ConfigureAwait(false);
        foreach (var pace in _paces)
        {
            pace.Heard();
        }

        Accept(reply, sent, room);
        return reply;
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

    private async ValueTask<ClaimReply> ClaimAsync()
    {
        _late.Change(Late, Topology.Patience);
        try
        {
            return await _keyspace.Scripts.RunAsync(_request).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.Classify(e) == RedisFailure.Unknown)
        {
            _unreceived.Note(_request.Call);
            throw;
        }
        finally
        {
            // Also after a failure: what is not under way is not late.
            _late.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Accept(ClaimReply reply, long sent, ClaimReservation room)
    {
        for (var g = 0; g < _groups.Count; g++)
        {
            var (claimed, isQuarantined) = (reply.Groups[g], reply.Groups[g].BeginsQuarantined);
            if (claimed.Unread > 0)
            {
                _logger.DeliveriesUnread(claimed.Unread, _groups[g].Name);
            }

            foreach (var delivery in claimed.Deliveries)
            {
                var isHeld = room.Take(g, isQuarantined);
                _groups[g].Accept(new Lease(delivery, _partition, sent) { IsSuspect = isQuarantined && isHeld });
                isQuarantined = false;
            }
        }
    }
}
