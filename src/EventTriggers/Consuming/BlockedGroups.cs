using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming;

/// <summary>Remembers, for one partition, of which groups deliveries were left and for want of what: who frees a place then rings the loop.</summary>
internal sealed class BlockedGroups(Partition partition, IReadOnlyList<ConsumerGroup> groups)
{
    // By place and group.
    private readonly bool[,] _isHungry = new bool[2, groups.Count];

    /// <summary>Tells whether deliveries of a group were left for want of a place.</summary>
    public bool For(int group, Slot place) => Volatile.Read(ref _isHungry[(int)place, group]);

    /// <summary>Tells whether such a place is there for it now.</summary>
    public bool IsFed(int group, Slot place) => For(group, place) && (place == Slot.Quarantine || groups[group].HasRoomFor(partition));

    /// <summary>Forgets what is known, before Redis is asked again.</summary>
    public void Clear() => Array.Clear(_isHungry);

    /// <summary>Takes note of what a claim has left.</summary>
    /// <returns>Whether there is room for another claim already.</returns>
    public bool Note(ClaimReply report)
    {
        for (var g = 0; g < groups.Count; g++)
        {
            // For a suspect either place may be what is missing.
            Volatile.Write(ref _isHungry[(int)Slot.Worker, g], IsLeft(report, g));
            Volatile.Write(ref _isHungry[(int)Slot.Quarantine, g], report.Groups[g].Quarantined > 0);
        }

        // Hungry is written before room is counted: a place that becomes free from here on rings, one that was before is seen.
        Interlocked.MemoryBarrier();
        for (var g = 0; g < groups.Count; g++)
        {
            if (groups[g].HasRoomFor(partition) && IsLeft(report, g))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether quick handlers, which ring when most of what was claimed is done, are what is waited for.</summary>
    public bool WaitsForQuickHandlers()
    {
        for (var g = 0; g < groups.Count; g++)
        {
            if (For(g, Slot.Worker) && groups[g].Prefetch > 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsLeft(ClaimReply report, int group) =>
        report.Groups[group].Left > 0 || (report.Groups[group].Quarantined > 0 && groups[group].MayTakeSuspect);
}
