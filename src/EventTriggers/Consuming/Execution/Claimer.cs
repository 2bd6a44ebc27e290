using System.Diagnostics;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>Claims deliveries of one partition for all groups of this process, and puts them into their queues.</summary>
internal sealed class Claimer : IDisposable
{
    // The groups share a reply so that none starves the others; each may exceed its share by one payload.
    private const int LeastReplyBytes = BatchLimits.Bytes / 8;

    // When a claim is not answered within this time, other partitions get the slots that it has reserved.
    private static readonly TimeSpan SlotTimeout = TimeSpan.FromMilliseconds(250);

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly IReadOnlyList<DeliveryQueue> _queues;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ClaimRequest _request;
    private readonly ClaimReservation[] _reservations;
    private readonly LostClaims _lost;
    private readonly ConsumerRegistry _consumers;
    private readonly ITimer _slotTimer;
    private readonly ClaimGrants _grants;

    public Claimer(
        Keyspace keyspace, Partition partition, IReadOnlyList<DeliveryQueue> queues, TimeProvider timeProvider, ILogger logger,
        IReadOnlyList<GrantLoop?>? grants = null, LostClaims? lost = null)
    {
        (_keyspace, _partition, _queues, _timeProvider, _logger) = (keyspace, partition, queues, timeProvider, logger);
        _grants = new ClaimGrants(grants ?? []);
        string[] groups = [.. queues.Select(static queue => queue.Group)];
        _request = new ClaimRequest(partition, groups)
        {
            Duration = keyspace.Options.LeaseDuration,
            MaxReplyBytes = Math.Max(LeastReplyBytes, BatchLimits.Bytes / Math.Max(2, queues.Count)),
            MaxPayloadBytes = keyspace.Options.MaxPayloadBytes,
            MaxHeaderBytes = EventTexts.MaxHeaderBytes,
            SilenceMs = keyspace.SilenceMs,
            Holder = IdGenerator.Next(),
        };
        _reservations = [.. queues.Select(queue => new ClaimReservation(queue, partition, timeProvider))];
        _lost = lost ?? new LostClaims(keyspace, partition, groups, timeProvider, logger);
        _consumers = new ConsumerRegistry(keyspace, partition);
        _slotTimer = timeProvider.CreateTimer(
            static self => ((Claimer)self!).OnLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Gets or sets the consumer's name: leased deliveries note it, and the consumer registers the types that it handles under the same
    /// name.
    /// </summary>
    public string Holder
    {
        get => _request.Holder;
        set => _request.Holder = value;
    }

    /// <summary>Gets what decides how many deliveries of each group are handled at a time.</summary>
    public IReadOnlyList<ConcurrencyControl> Controls { get; init; } = [];

    public void Dispose() => _slotTimer.Dispose();

    /// <summary>Takes a consumer out of those that are woken. A message that has reached it already is passed on.</summary>
    public async ValueTask LeaveAsync(string consumer)
    {
        foreach (var queue in _queues)
        {
            await _consumers.RemoveWaitingAsync(queue.Group, consumer).ConfigureAwait(false);
        }

        await RunOnceAsync(consumer: null, takesNothing: true).ConfigureAwait(false);
    }

    /// <param name="consumer">
    /// The consumer that is woken when there is something to do; <see langword="null"/> for one that hears no messages.
    /// </param>
    /// <param name="takesNothing">Whether the claim only wakes another consumer for what there is.</param>
    public async ValueTask<ClaimReply> RunOnceAsync(string? consumer, bool takesNothing = false)
    {
        if (_lost.IsDue)
        {
            await _lost.RunOnceAsync(Holder).ConfigureAwait(false);
        }

        (_request.Now, _request.Consumer, _request.Call) = (_keyspace.PinnedNow, consumer, _request.Call + 1);
        try
        {
            ReviewShares();
            for (var g = 0; g < _queues.Count; g++)
            {
                _request.Take(g, _reservations[g].Begin(takesNothing ? 0 : _grants.Begin(g)));
            }

            // Leases begin, at the earliest, when the call is sent.
            var (sent, since) = (_timeProvider.GetTimestamp(), Stopwatch.GetTimestamp());
            var reply = await SendAsync().ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(since);
            for (var g = 0; g < _queues.Count; g++)
            {
                _reservations[g].Received();
                Accept(_queues[g], _reservations[g], reply, g, sent);
                _queues[g].EndClaim(took);
                _grants.End(g, reply.Groups[g].Taken);
            }

            return reply;
        }
        finally
        {
            Array.ForEach(_reservations, static reservation => reservation.Return());
            _grants.AbandonRest();
        }
    }

    // A process that was suspended must not claim what others were given meanwhile.
    private void ReviewShares()
    {
        foreach (var control in Controls)
        {
            control.Review();
        }
    }

    private async ValueTask<ClaimReply> SendAsync()
    {
        _slotTimer.Change(SlotTimeout, Topology.Patience);
        var since = OperationMetrics.Begin();
        try
        {
            var reply = await _keyspace.Scripts.RunAsync(_request).ConfigureAwait(false);
            OperationMetrics.Record("claim", "receive", since);
            return reply;
        }
        catch (Exception e)
        {
            OperationMetrics.Record("claim", "receive", since, failure: e);
            if (RedisFailures.Classify(e) == RedisFailure.Unknown)
            {
                _lost.Note(_request.Call);
            }

            throw;
        }
        finally
        {
            // Even after a failure: no claim is under way.
            _slotTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    // From the second time on there was no answer for a second.
    private void OnLate()
    {
        if (Array.TrueForAll(_reservations, static reservation => reservation.IsReturned))
        {
            _keyspace.Topology.Ask();
        }

        // Timers look at a clock that moves in steps, so they may be a little early.
        Array.ForEach(_reservations, static reservation => reservation.Return(SlotTimeout / 2));
    }

    private void Accept(DeliveryQueue queue, ClaimReservation reservation, ClaimReply reply, int group, long sent)
    {
        var claimed = reply.Groups[group];
        if (claimed.Unread > 0)
        {
            _logger.PayloadsMissingOrTooLarge(claimed.Unread, queue.Group);
            DeliveryMetrics.Buried(queue.Group, claimed.Unread);
        }

        var isQuarantined = claimed.BeginsQuarantined;
        foreach (var delivery in claimed.Deliveries)
        {
            DeliveryMetrics.Claimed(delivery, reply.Now);
            var isHeld = reservation.Take(isQuarantined);
            queue.Accept(new Lease(delivery, _partition, queue, sent)
            {
                IsQuarantined = isQuarantined && isHeld, Grants = _grants.Of(group),
                KeyGrant = queue.LimitsKeys && delivery.Key is not null ? new KeyGrant(reply.Now, sent) : null,
            });
            isQuarantined = false;
        }

        claimed.Deliveries.Clear();
    }
}
