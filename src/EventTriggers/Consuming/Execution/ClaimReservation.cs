using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// The slots of a queue that the claims of one partition may fill, one claim after the other. The slots that a claim does not fill are
/// given back when it is answered, and all of them when that takes long: a server that is away must not hold what other partitions could
/// fill. What such a claim has taken all the same comes on top. After a claim that was not answered the next one gets one slot.
/// </summary>
internal sealed class ClaimReservation(DeliveryQueue queue, Partition partition, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly AdaptivePrefetch _prefetch = new(queue, timeProvider);
    private int _workers;
    private bool _hasQuarantine;
    private bool _isHeld;
    private bool _isUnanswered;
    private long _since;

    /// <summary>Gets a value indicating whether it holds no slots.</summary>
    public bool IsReturned => !Volatile.Read(ref _isHeld);

    /// <summary>Reserves slots for a claim that is about to be sent.</summary>
    /// <param name="most">The most that it may take.</param>
    /// <returns>What the claim may take.</returns>
    public ClaimSlots Begin(int most = int.MaxValue)
    {
        lock (_lock)
        {
            // First what can fail: a clock that throws must not keep slots.
            _since = timeProvider.GetTimestamp();
            _workers = most == 0 ? 0 : queue.ReserveWorkers(partition, _isUnanswered ? 1 : most);
            _isUnanswered = true;
            _hasQuarantine = _workers > 0 && queue.ReserveQuarantine();
            Volatile.Write(ref _isHeld, true);
            _prefetch.ClaimSent();
            return new ClaimSlots(_workers, _hasQuarantine);
        }
    }

    /// <summary>Notes that the claim is answered.</summary>
    public void Received()
    {
        _isUnanswered = false;
        _prefetch.ClaimReceived();
    }

    /// <summary>Takes a slot for a delivery, whose worker gives it back.</summary>
    /// <returns>Whether the slot was still held.</returns>
    public bool Take(bool isQuarantined)
    {
        lock (_lock)
        {
            if (!_isHeld)
            {
                queue.Overdraw();
                return false;
            }

            _workers--;
            _hasQuarantine &= !isQuarantined;
            return true;
        }
    }

    /// <summary>Gives back the slots that are not taken.</summary>
    /// <param name="age">
    /// Only those of a claim that began so long ago: a timer that is late may find the claim after the one that it was started for.
    /// </param>
    public void Return(TimeSpan age = default)
    {
        int workers;
        bool hasQuarantine;
        lock (_lock)
        {
            if (!_isHeld || (age > TimeSpan.Zero && timeProvider.GetElapsedTime(_since) < age))
            {
                return;
            }

            Volatile.Write(ref _isHeld, false);
            (workers, hasQuarantine) = (_workers, _hasQuarantine);
        }

        // Outside the lock: it wakes loops, which go on right here. By the numbers of this claim: the next one may begin meanwhile.
        if (hasQuarantine)
        {
            queue.ReturnQuarantine();
        }

        queue.ReturnWorkers(workers);
    }
}
