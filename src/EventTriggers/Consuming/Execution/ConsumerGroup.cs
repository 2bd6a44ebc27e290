using System.Collections.Concurrent;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>One group in this process: how much it may claim, and what it holds.</summary>
internal sealed class ConsumerGroup(string name, int concurrency, IDeliveryHandler runner, int partitions = 1)
{
    // The most that one claim takes: what a script can put into one command, and answer in one reply, is limited.
    private const int MostPerClaim = 200;

    // Outcomes of a partition that wait to be recorded: far more than a few calls take, and far less than would hurt.
    private readonly int _mostHeld = Math.Max(4 * concurrency, 2000);

    private readonly ConcurrentDictionary<(int Partition, string Id), Lease> _held = new();

    // By partition: what one of them cannot record must not keep the others from claiming.
    private readonly int[] _unsettled = new int[partitions];

    private int _claimed;
    private int _finished;
    private int _prefetch;
    private int _suspects;

    /// <summary>Gets or sets what is called when there is room for a claim, or the place of the one suspect has become free.</summary>
    public Action<ConsumerGroup, Slot>? Freed { get; set; }

    /// <summary>Gets or sets what takes claimed deliveries.</summary>
    public Action<Lease>? Claimed { get; set; }

    public string Name => name;

    public int Concurrency { get; } = concurrency;

    public IDeliveryHandler Runner => runner;

    public ICollection<Lease> Held => _held.Values;

    /// <summary>Gets a value indicating whether handlers may run.</summary>
    public bool IsBusy => Volatile.Read(ref _claimed) > 0;

    /// <summary>Gets how many deliveries its workers have finished.</summary>
    public int Finished => Volatile.Read(ref _finished);

    /// <summary>Gets or sets how many more are claimed than there are workers, at most as many again: what they can finish while a claim is under way,
    /// so that they do not wait for it. Where handlers take long that is none, and what they cannot begin is left to others.</summary>
    public int Prefetch
    {
        get => Volatile.Read(ref _prefetch);
        set => Volatile.Write(ref _prefetch, Math.Min(value, Concurrency));
    }

    /// <summary>Tells whether a claim in a partition is worth its while now. Where handlers are quick, the rest of what was claimed is done before a claim is back, and a large claim
    /// costs the server little more than a small one.</summary>
    public bool HasRoomFor(Partition partition) => IsWorthAClaim(Room(Volatile.Read(ref _claimed), partition));

    /// <summary>Reserves room for a claim: all that there is, or this partition's share where there are several to serve.</summary>
    public int Reserve(Partition partition)
    {
        while (true)
        {
            var claimed = Volatile.Read(ref _claimed);
            var share = Math.Clamp((Room(claimed, partition) + _unsettled.Length - 1) / _unsettled.Length, 0, MostPerClaim);
            if (Interlocked.CompareExchange(ref _claimed, claimed + share, claimed) == claimed)
            {
                return share;
            }
        }
    }

    /// <summary>Takes room for what was claimed although its room was given back: there may be less than none for a while.</summary>
    public void Overdraw() => Interlocked.Increment(ref _claimed);

    /// <summary>Gets a value indicating whether it may claim a delivery that has crashed its consumers: one at a time, so that it takes no other such along.</summary>
    public bool MayTakeSuspect => Volatile.Read(ref _suspects) == 0;

    /// <summary>Reserves the place of the one suspect; <see langword="false"/> when it is taken.</summary>
    public bool ReserveSuspect() => Interlocked.Exchange(ref _suspects, 1) == 0;

    public void ReturnSuspect()
    {
        Volatile.Write(ref _suspects, 0);
        Freed?.Invoke(this, Slot.Quarantine);
    }

    /// <summary>Gives reserved room back that a claim did not fill.</summary>
    public void Return(int room)
    {
        if (room > 0)
        {
            Interlocked.Add(ref _claimed, -room);
            TellIfRoom();
        }
    }

    /// <summary>Tells that a worker is done with a delivery.</summary>
    public void Finish()
    {
        Interlocked.Increment(ref _finished);
        Return(1);
    }

    /// <summary>Holds a claimed delivery and passes it to a worker.</summary>
    public void Accept(Lease lease)
    {
        var key = (lease.Partition.Index, lease.Delivery.Id);
        if (!_held.TryAdd(key, lease))
        {
            // This process lost it, and got it again itself: the handler that still runs must stop.
            _held.GetValueOrDefault(key)?.Interrupt(Interruption.LeaseLost);
            _held[key] = lease;
        }

        Interlocked.Increment(ref _unsettled[lease.Partition.Index]);
        Claimed?.Invoke(lease);
    }

    public Lease? Find(Partition partition, string id) => _held.GetValueOrDefault((partition.Index, id));

    /// <summary>Lets go of a delivery. Only of this lease: a newer one of the same event stays.</summary>
    public void Drop(Lease lease)
    {
        _held.TryRemove(new((lease.Partition.Index, lease.Delivery.Id), lease));
        Interlocked.Decrement(ref _unsettled[lease.Partition.Index]);
        if (HasRoomFor(lease.Partition))
        {
            Freed?.Invoke(this, Slot.Worker);
        }
    }

    private bool IsWorthAClaim(int room) => room >= (Prefetch == 0 ? 1 : Prefetch + (Concurrency * 3 / 4));

    private int Room(int claimed) => Concurrency + Prefetch - claimed;

    private int Room(int claimed, Partition partition) => Math.Min(Room(claimed), _mostHeld - Volatile.Read(ref _unsettled[partition.Index]));

    private void TellIfRoom()
    {
        if (IsWorthAClaim(Room(Volatile.Read(ref _claimed))))
        {
            Freed?.Invoke(this, Slot.Worker);
        }
    }
}
