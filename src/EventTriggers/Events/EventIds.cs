using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Events;

/// <summary>
/// Generates the ids of events that may live in any of several partitions. The events of one moment live in the same partition, whichever
/// process publishes them, and after a hundred of a process its next hundred live in the next one: so calls that publish, claim and settle
/// are about as full as with one partition. Over time each partition gets the same share.
/// </summary>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="timeProvider">The clock that tells moments apart; by default that of the system, which all processes share.</param>
internal sealed class EventIds(int partitions, TimeProvider? timeProvider = null)
{
    // As many as go into one call.
    private const int Run = BatchLimits.Items;

    // Longer than most calls take, and so short that no partition waits long for its turn.
    private const int MomentMs = 4;

    // A place is a moment, in the upper half, and how many places of the moment come before it. This is the next one that is free.
    private ulong _next;

    /// <summary>Generates the id of an event of a list, whose events share calls; or of one that is published alone.</summary>
    /// <param name="place">The place of the event; <see langword="null"/> for the first event of the list that needs an id.</param>
    /// <param name="left">How many events of the list are left, including this one.</param>
    public string Next(ref ulong? place, int left)
    {
        var mine = place ?? Reserve(left);
        place = mine + 1;

        // Mixed: with moments in a fixed order, a process that publishes at fixed intervals would always meet the same partition.
        var first = (ulong)Routing.Mix((uint)(mine >> 32));
        return IdGenerator.Next((int)((first + ((uint)mine / Run)) % (uint)partitions), partitions);
    }

    // Adjacent places. What fits into one call is not split.
    private ulong Reserve(int count)
    {
        while (true)
        {
            // The clock is read afterwards: otherwise a thread that was interrupted in between would bring back an earlier moment.
            var next = Volatile.Read(ref _next);
            var moment = (ulong)(uint)((timeProvider ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds() / MomentMs) << 32;
            var first = next >> 32 == moment >> 32 ? next : moment;
            var used = (uint)first % Run;
            first += used + Math.Min(count, Run) > Run ? Run - used : 0;
            if (Interlocked.CompareExchange(ref _next, first + (uint)count, next) == next)
            {
                return first;
            }
        }
    }
}
