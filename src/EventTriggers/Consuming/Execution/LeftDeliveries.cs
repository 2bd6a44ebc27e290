using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Which partitions had to leave deliveries of a group because this process had no room for them. Their loops are woken when there is.
/// </summary>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="loops">Wakes the loop of each partition.</param>
/// <param name="isWorthAClaim">Whether there is room by now for a claim in the partition of an index.</param>
internal sealed class LeftDeliveries(int partitions, IReadOnlyList<Signal> loops, Func<int, bool> isWorthAClaim)
{
    private readonly bool[] _lacksWorker = new bool[partitions];
    private readonly bool[] _lacksQuarantine = new bool[partitions];

    // Whose loop is woken first.
    private int _turn;

    /// <summary>Tells whether a partition had to leave deliveries because no worker was free.</summary>
    public bool LacksWorker(Partition partition) => Volatile.Read(ref _lacksWorker[partition.Index]);

    /// <summary>Notes why a partition had to leave deliveries, or that it had to leave none.</summary>
    public void Note(Partition partition, bool lacksWorker, bool lacksQuarantine)
    {
        Volatile.Write(ref _lacksWorker[partition.Index], lacksWorker);
        Volatile.Write(ref _lacksQuarantine[partition.Index], lacksQuarantine);
    }

    /// <summary>Gets how many partitions a partition shares the room with, itself included.</summary>
    public int Sharing(Partition partition)
    {
        var sharing = 1;
        for (var p = 0; p < _lacksWorker.Length; p++)
        {
            sharing += p != partition.Index && Volatile.Read(ref _lacksWorker[p]) ? 1 : 0;
        }

        // A partition that is away must not hold more than half.
        return Math.Max(sharing, Math.Min(2, _lacksWorker.Length));
    }

    /// <summary>Wakes loops because workers became free, while there is room for what they claim.</summary>
    public void WakeForWorkers()
    {
        // With fewer workers than partitions, the loop that is woken first takes all the room: so each is the first in its turn.
        var first = (int)((uint)Interlocked.Increment(ref _turn) % Math.Max(1, (uint)loops.Count));
        for (var n = 0; n < loops.Count; n++)
        {
            var p = (first + n) % loops.Count;
            if (Volatile.Read(ref _lacksWorker[p]) && isWorthAClaim(p))
            {
                loops[p].Set();
            }
        }
    }

    /// <summary>Wakes loops because the quarantine slot became free.</summary>
    public void WakeForQuarantine()
    {
        for (var p = 0; p < loops.Count; p++)
        {
            if (Volatile.Read(ref _lacksQuarantine[p]))
            {
                loops[p].Set();
            }
        }
    }
}
