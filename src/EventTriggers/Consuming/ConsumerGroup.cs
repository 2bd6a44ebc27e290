using System.Collections.Concurrent;
using System.Threading.Channels;

namespace EventTriggers;

/// <summary>Runs claimed deliveries of one group.</summary>
internal interface IDeliveryRunner
{
    /// <summary>Handles a delivery. It never throws: a failure is an outcome.</summary>
    ValueTask<Settlement> RunAsync(Lease lease);
}

/// <summary>One group in this process: how much it may claim, what waits for a worker, and what it holds.</summary>
internal sealed class ConsumerGroup(string name, int concurrency, IDeliveryRunner runner)
{
    private readonly ConcurrentDictionary<(int Partition, EventId Id), Lease> _held = new();
    private readonly Channel<Lease> _claimed = Channel.CreateUnbounded<Lease>();
    // The most that one claim takes: what a script can put into one command, and answer in one reply, is limited.
    private const int MostPerClaim = 200;

    private int _free = concurrency;
    private int _suspects;

    /// <summary>Gets or sets what is called when a worker, or the place of the one suspect, has become free.</summary>
    public Action<ConsumerGroup, Place>? Freed { get; set; }

    public string Name => name;

    public int Concurrency { get; } = concurrency;

    public IDeliveryRunner Runner => runner;

    public ICollection<Lease> Held => _held.Values;

    public ChannelReader<Lease> Claimed => _claimed.Reader;

    public bool HasFree => Volatile.Read(ref _free) > 0;

    /// <summary>Reserves workers for a claim: all that are free, or this partition's share where there are several to serve.</summary>
    public int Reserve(int partitions)
    {
        while (true)
        {
            var free = Volatile.Read(ref _free);
            var share = Math.Min((free + partitions - 1) / partitions, MostPerClaim);
            if (share <= 0 || Interlocked.CompareExchange(ref _free, free - share, free) == free)
            {
                return Math.Max(share, 0);
            }
        }
    }

    /// <summary>Gets a value indicating whether it may claim a delivery that has crashed its consumers: one at a time, so that it takes no other such along.</summary>
    public bool MayTakeSuspect => Volatile.Read(ref _suspects) == 0;

    /// <summary>Reserves the place of the one suspect; <see langword="false"/> when it is taken.</summary>
    public bool ReserveSuspect() => Interlocked.Exchange(ref _suspects, 1) == 0;

    public void ReturnSuspect()
    {
        Volatile.Write(ref _suspects, 0);
        Freed?.Invoke(this, Place.Suspect);
    }

    /// <summary>Gives reserved workers back that got nothing to do.</summary>
    public void Return(int workers)
    {
        if (workers > 0)
        {
            Interlocked.Add(ref _free, workers);
            Freed?.Invoke(this, Place.Worker);
        }
    }

    /// <summary>Holds a claimed delivery and passes it to a worker.</summary>
    public void Accept(Lease lease)
    {
        _held.AddOrUpdate((lease.Partition.Index, lease.Delivery.Id), lease, (_, older) =>
        {
            // This process lost it, and got it again itself: the handler that still runs must stop.
            older.Interrupt(Interruption.LeaseLost);
            return lease;
        });
        _claimed.Writer.TryWrite(lease);
    }

    public Lease? Find(Partition partition, EventId id) => _held.GetValueOrDefault((partition.Index, id));

    /// <summary>Lets go of a delivery. Only of this lease: a newer one of the same event stays.</summary>
    public void Drop(Lease lease) => _held.TryRemove(new((lease.Partition.Index, lease.Delivery.Id), lease));

    /// <summary>Ends the stream of claimed deliveries: what is in it is still worked off.</summary>
    public void Close() => _claimed.Writer.TryComplete();
}
