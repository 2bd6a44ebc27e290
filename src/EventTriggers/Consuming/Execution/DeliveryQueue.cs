using EventTriggers.Consuming.Batches;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// The deliveries of one group in this process, from their claim until their outcome is recorded, and the one owner of the capacity for
/// them: workers, the prefetch beyond them, what batches gather, what waits to be recorded, and the one slot for a quarantined delivery.
/// Whatever frees capacity wakes the loops of the partitions that had to leave deliveries.
/// </summary>
internal sealed class DeliveryQueue
{
    // The most that one claim takes: a script can put only so much into one command and one reply.
    private const int MaxPerClaim = 200;

    // How much is claimed beyond the workers at most, as a multiple of them: calls are fewer and fuller, and when one is answered, the
    // workers still have something to do.
    private const int MostPrefetch = 3;

    // For so many claims nothing is prefetched after some of it was given back. Where handlers take as long as each other and end together,
    // they seem quick during a claim; and quick ones need less than a second for so many claims.
    private const int ClaimsWithoutPrefetch = 1000;

    private readonly WorkerPool _workers;
    private readonly Func<Lease, ValueTask>? _run;

    // By partition: what one of them cannot record does not keep the others from claiming.
    private readonly HeldLeases[] _held;

    private readonly LeftDeliveries _left;
    private readonly BatchCollectors? _batches;
    private readonly bool _prefetches;
    private readonly PrefetchWatch? _watch;

    // Claimed deliveries that take a worker or will, without those in batches; deliveries that batches gather; and batches that take a
    // worker or will.
    private int _claimed;
    private int _gathered;
    private int _batchesBegun;
    private int _finished;
    private int _prefetch;
    private int _suspended;
    private int _concurrency;
    private int _quarantined;

    /// <param name="group">The group's name.</param>
    /// <param name="concurrency">How many deliveries are handled at a time.</param>
    /// <param name="partitions">How many partitions it claims from.</param>
    /// <param name="run">Handles a delivery; <see langword="null"/> where <see cref="TryTake"/> takes what is claimed.</param>
    /// <param name="loops">Wakes the loop of each partition.</param>
    /// <param name="batches">The group's batch handlers; <see langword="null"/> for none.</param>
    /// <param name="timeProvider">The clock by which batches wait, and workers are watched.</param>
    /// <param name="prefetches">Whether more may be claimed than workers can begin.</param>
    public DeliveryQueue(
        string group, int concurrency, int partitions = 1, Func<Lease, ValueTask>? run = null, IReadOnlyList<Signal>? loops = null,
        BatchTable? batches = null, TimeProvider? timeProvider = null, bool prefetches = true)
    {
        (Group, _concurrency, _prefetches) = (group, concurrency, prefetches);
        _batches = batches is null ? null : new BatchCollectors(batches, this, timeProvider ?? TimeProvider.System);
        _left = new LeftDeliveries(partitions, loops ?? [], partition => IsWorthAClaim(Room(Volatile.Read(ref _claimed), partition)));
        _held = [.. Enumerable.Range(0, partitions).Select(static _ => new HeldLeases())];
        _workers = new WorkerPool(concurrency, run);
        _watch = prefetches && run is not null ? new PrefetchWatch(this, _workers, timeProvider ?? TimeProvider.System) : null;
        _run = run;
    }

    public string Group { get; }

    /// <summary>Gets how many deliveries are handled at a time; see <see cref="Resize"/>.</summary>
    public int Concurrency => Volatile.Read(ref _concurrency);

    /// <summary>Gets a value indicating whether the group limits how many deliveries of a key begin.</summary>
    public bool LimitsKeys { get; init; }

    /// <summary>Gets how many workers handle a delivery.</summary>
    public int BusyWorkers => _workers.Active;

    /// <summary>Gets the batches that it gathers, one for each batch handler.</summary>
    public IEnumerable<ConsumerBatches> Batches => _batches?.Describe() ?? [];

    /// <summary>Gets the deliveries whose outcome is not recorded.</summary>
    public IReadOnlyList<Lease> Held => [.. _held.SelectMany(static held => held.ToArray())];

    /// <summary>Gets a value indicating whether handlers may run.</summary>
    public bool IsBusy => Volatile.Read(ref _claimed) > 0 || Volatile.Read(ref _batchesBegun) > 0;

    /// <summary>Gets how much is claimed, or being claimed, that is not handled yet; a batch that was begun counts once.</summary>
    public int Claimed => Volatile.Read(ref _claimed) + Volatile.Read(ref _batchesBegun) + Volatile.Read(ref _gathered);

    /// <summary>Gets how many deliveries its workers have finished; a batch counts once.</summary>
    public int Finished => Volatile.Read(ref _finished);

    /// <summary>Gets or sets how many more deliveries are claimed than there are workers, at most three times as many: what the workers
    /// can finish while a claim is under way, so that they do not wait for it. Where handlers take long it is 0, and what they cannot begin
    /// is left to other consumers; see <see cref="PrefetchWatch"/>.</summary>
    public int Prefetch
    {
        get => Volatile.Read(ref _prefetch);
        set
        {
            if (Volatile.Read(ref _suspended) is var claims and > 0)
            {
                Volatile.Write(ref _suspended, claims - 1);
                value = 0;
            }

            Volatile.Write(ref _prefetch, _prefetches ? Math.Min(value, MostPrefetch * Concurrency) : 0);
        }
    }

    /// <summary>
    /// Gets a value indicating whether the quarantine slot is free: one quarantined delivery is handled at a time, so that it takes no
    /// other such delivery along when it crashes the process.
    /// </summary>
    public bool HasQuarantineSlot => Volatile.Read(ref _quarantined) == 0;

    /// <summary>
    /// Changes how many deliveries are handled at a time. Handlers that run go on. With 0 nothing is claimed any more, and what was claimed
    /// before is handled one by one. Then <see cref="Adapt"/> is to be called.
    /// </summary>
    public void Resize(int concurrency)
    {
        Volatile.Write(ref _concurrency, concurrency);
        Volatile.Write(ref _prefetch, Math.Min(Prefetch, MostPrefetch * concurrency));
        _workers.Resize(concurrency);
    }

    /// <summary>
    /// Does what follows from <see cref="Resize"/>: gives back what is claimed and not begun, if it is more than is handled now; lets
    /// batches begin that would wait for more, if there is to be no more; and wakes loops, if there is room.
    /// </summary>
    public void Adapt()
    {
        if (Concurrency == 0)
        {
            _batches?.Begin();
        }

        if (HasTooMuch)
        {
            GiveBackWaiting();
        }

        WakeIfRoom();
    }

    /// <summary>Says what to call when it handles less than before: because <see cref="Resize"/> has said so, or it is closed.</summary>
    public void OnShrunk(Action action) => _workers.Shrunk = action;

    /// <summary>Tells whether a claim in a partition is worthwhile now. Where handlers are quick, the rest of what was claimed is done
    /// before a claim is back, and a large claim costs the server little more than a small one.</summary>
    public bool HasRoomFor(Partition partition) => IsWorthAClaim(Room(Volatile.Read(ref _claimed), partition.Index));

    /// <summary>
    /// Tells whether a partition had to leave deliveries although handlers are quick: then the queue wakes its loop when most of what was
    /// claimed is done.
    /// </summary>
    public bool IsAwaitedBy(Partition partition) => _left.LacksWorker(partition) && Prefetch > 0;

    /// <summary>Forgets what a partition had left, before Redis is asked again.</summary>
    public void ForgetLeft(Partition partition) => _left.Note(partition, lacksWorker: false, lacksQuarantine: false);

    /// <summary>
    /// Notes what a claim has left in a partition; capacity that becomes free for it from now on wakes the partition's loop.
    /// </summary>
    /// <returns>Whether there is room for another claim already.</returns>
    public bool NoteLeft(Partition partition, long ready, long quarantined)
    {
        // A quarantined delivery may lack either.
        _left.Note(partition, ready > 0 || (quarantined > 0 && HasQuarantineSlot), quarantined > 0);

        // Written before room is counted: a slot that becomes free from here on wakes the loop, and one that became free earlier is seen.
        Interlocked.MemoryBarrier();
        return HasRoomFor(partition) && (ready > 0 || (quarantined > 0 && HasQuarantineSlot));
    }

    /// <summary>Gets how many deliveries of a partition a claim could take.</summary>
    public int RoomFor(Partition partition) => Share(Volatile.Read(ref _claimed), partition);

    /// <summary>Reserves room for a claim: all that there is, or this partition's share where there are several to serve.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="most">The most that is reserved.</param>
    /// <returns>How many deliveries the claim may take.</returns>
    public int ReserveWorkers(Partition partition, int most = int.MaxValue)
    {
        while (true)
        {
            var claimed = Volatile.Read(ref _claimed);
            var share = Math.Min(Share(claimed, partition), most);
            if (Interlocked.CompareExchange(ref _claimed, claimed + share, claimed) == claimed)
            {
                return share;
            }
        }
    }

    /// <summary>
    /// Takes room for a delivery that was claimed although its room was given back: for a while there may be less than none.
    /// </summary>
    public void Overdraw() => Interlocked.Increment(ref _claimed);

    /// <summary>Gives back reserved room that a claim did not fill.</summary>
    public void ReturnWorkers(int room)
    {
        if (room > 0)
        {
            Interlocked.Add(ref _claimed, -room);
            if (Concurrency == 0)
            {
                _workers.Shrunk?.Invoke();
            }

            WakeIfRoom();
        }
    }

    /// <summary>Reserves the quarantine slot.</summary>
    /// <returns><see langword="false"/> when it is taken.</returns>
    public bool ReserveQuarantine() => Interlocked.Exchange(ref _quarantined, 1) == 0;

    public void ReturnQuarantine()
    {
        Volatile.Write(ref _quarantined, 0);
        _left.WakeForQuarantine();
    }

    /// <summary>Holds a claimed delivery and passes it to a worker, or to the batch that is being gathered of its type.</summary>
    public void Accept(Lease lease)
    {
        Hold(lease);

        // Its claim was on its way when the last worker was taken away.
        lease.IsGivenBack = Concurrency == 0;
        if (lease.IsGivenBack || _batches?.TryAdd(lease) != true)
        {
            _workers.Post(lease);
        }
    }

    /// <summary>Holds a claimed delivery that a batch which has come to a worker handles too.</summary>
    public void Hold(Lease lease) =>
        // This process lost the lease and got another one for the same delivery: the handler that still runs must stop.
        _held[lease.Partition.Index].Add(lease)?.Interrupt(Interruption.LeaseLost);

    /// <summary>Notes that all deliveries of a claim were accepted, and how long it took.</summary>
    public void EndClaim(TimeSpan took)
    {
        _watch?.Claimed(took);
        if (!_prefetches && HasTooMuch)
        {
            // Fewer are handled than when the claim was sent.
            GiveBackWaiting();
        }
    }

    /// <summary>Lets the next claims take no more than workers can begin.</summary>
    public void SuspendPrefetch()
    {
        Volatile.Write(ref _suspended, ClaimsWithoutPrefetch);
        Volatile.Write(ref _prefetch, 0);
    }

    /// <summary>Notes that a batch gathers a claimed delivery, which takes no worker meanwhile.</summary>
    public void Gather()
    {
        Interlocked.Increment(ref _gathered);
        Interlocked.Decrement(ref _claimed);
    }

    /// <summary>Passes a batch to a worker, which it takes as one delivery would.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="gathered">
    /// How many of its deliveries were gathered without a worker: not those that a batch in order has claimed.
    /// </param>
    public void Begin(LeaseBatch batch, int gathered)
    {
        Interlocked.Increment(ref _batchesBegun);
        Interlocked.Add(ref _gathered, -gathered);
        batch.Leases[0].Batch = batch;
        _workers.Post(batch.Leases[0]);
    }

    /// <summary>Wakes the loops of partitions that had to leave deliveries, if there is room by now.</summary>
    public void WakeIfRoom()
    {
        if (IsWorthAClaim(Room(Volatile.Read(ref _claimed))))
        {
            _left.WakeForWorkers();
        }
    }

    /// <summary>Gives back what no worker has begun, no attempt spent; but not batches.</summary>
    public void GiveBackWaiting()
    {
        if (_run is { } run)
        {
            _workers.EndWaiting(lease =>
            {
                lease.IsGivenBack = true;
                return run(lease);
            });
        }
    }

    /// <summary>Takes a claimed delivery that no worker has begun.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Lease? lease) => _workers.TryTake(out lease);

    /// <summary>Notes that a worker is done with a delivery.</summary>
    public void Finish()
    {
        Interlocked.Increment(ref _finished);
        ReturnWorkers(1);
    }

    /// <summary>Notes that a worker is done with a batch.</summary>
    /// <param name="hasEnded">Whether the batch is over, and does not go on waiting.</param>
    public void FinishBatch(bool hasEnded = true)
    {
        Interlocked.Add(ref _finished, hasEnded ? 1 : 0);
        Interlocked.Decrement(ref _batchesBegun);
        WakeIfRoom();
    }

    public Lease? Find(Partition partition, string id) => _held[partition.Index].Find(id);

    /// <summary>Gets the deliveries of a partition whose outcome is not recorded.</summary>
    public Lease[] HeldIn(Partition partition) => _held[partition.Index].ToArray();

    /// <summary>
    /// Removes a delivery whose outcome is recorded, or that another consumer has. A newer lease of the same event stays.
    /// </summary>
    public void Remove(Lease lease)
    {
        _held[lease.Partition.Index].Remove(lease);
        lease.Remove();
        if (HasRoomFor(lease.Partition))
        {
            _left.WakeForWorkers();
        }
    }

    /// <summary>Waits until everything that was accepted is done. What is accepted later is handled too, but not awaited.</summary>
    public Task CloseAsync()
    {
        CloseBatches();
        return _workers.CloseAsync();
    }

    /// <summary>Lets what batches have gathered begin; what is claimed from now on is not gathered.</summary>
    public void CloseBatches() => _batches?.Close();

    // The most deliveries of a partition whose outcome is not recorded: far more than a few calls take, and far fewer than would fill the
    // memory.
    private int MaxUnsettled => Math.Max(4 * Concurrency, 2000) + (_batches?.CapacityOf(Concurrency) ?? 0);

    private bool HasTooMuch => _workers.Waiting > 0 && Volatile.Read(ref _claimed) > Concurrency + Prefetch;

    private bool IsWorthAClaim(int room) => room >= (Prefetch == 0 ? 1 : Prefetch + (Concurrency * 3 / 4));

    private int Share(int claimed, Partition partition)
    {
        var sharing = _left.Sharing(partition);
        return Math.Clamp((Room(claimed, partition.Index) + sharing - 1) / sharing, 0, MaxPerClaim);
    }

    private int Room(int claimed)
    {
        var begun = Volatile.Read(ref _batchesBegun);
        var room = Concurrency + Prefetch - claimed - begun;

        // While every worker has a batch, the next one is left to consumers that can begin it.
        return _batches is { Room: > 0 } batches && begun < Concurrency
            ? room + batches.Room - Volatile.Read(ref _gathered)
            : room;
    }

    private int Room(int claimed, int partition) => Math.Min(Room(claimed), MaxUnsettled - _held[partition].Count);
}
