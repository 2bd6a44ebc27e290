using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Decides how many deliveries of a group this process handles at a time: as many as it is configured with, or its share of what an
/// operator has set for all processes together. Each partition shares that out by itself, and the smallest share is obeyed: so the shares
/// of all processes are never more than was set. A partition that has been away for long has no say.
/// </summary>
internal sealed class ConcurrencyControl(DeliveryQueue queue, int partitions, TimeProvider timeProvider, ILogger logger)
{
    // No share is larger than what a process may be configured with.
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly (GroupConcurrency? Set, int Share, long At)?[] _told = new (GroupConcurrency?, int, long)?[partitions];
    private readonly bool[] _isUnreadable = new bool[partitions];
    private GroupConcurrency? _set;

    public DeliveryQueue Queue => queue;

    /// <summary>Gets how many deliveries this process handles at a time if nothing is set.</summary>
    public int Configured { get; } = queue.Concurrency;

    /// <summary>Gets how many deliveries it may be handling until it is told something else.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                // It claims nothing before it was told something.
                var allowed = Array.Exists(_told, static told => told is not null) ? queue.Concurrency : 0;
                return Math.Max(allowed, Math.Max(queue.BusyWorkers, queue.HasClaimed ? 1 : 0));
            }
        }
    }

    /// <summary>Gets a value indicating whether it obeys what an operator has set.</summary>
    public bool IsSet => Volatile.Read(ref _set) is not null;

    /// <summary>Takes over what a partition tells.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="stored">What is stored there; empty for nothing.</param>
    /// <param name="share">The share of this process.</param>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Note(int partition, string stored, int share)
    {
        if (!TryChange(partition, stored, share))
        {
            return false;
        }

        // Outside the lock: it wakes loops, which go on right here.
        queue.WakeIfRoom();
        return true;
    }

    private bool TryChange(int partition, string stored, int share)
    {
        lock (_lock)
        {
            var set = StoredConcurrency.Read(stored);
            NoteUnreadable(partition, set is null && stored.Length > 0, stored);
            _told[partition] = (set, set is null ? Configured : Math.Min(share, Most), timeProvider.GetTimestamp());
            var (before, told) = (queue.Concurrency, Smallest());
            var obeyed = told.Set is null ? Configured : told.Share;
            if (obeyed != before)
            {
                queue.Resize(obeyed);
            }

            Log(told.Set, obeyed, before);
            Volatile.Write(ref _set, told.Set);
            return obeyed != before;
        }
    }

    // Of what partitions have told lately, where something is set.
    private (GroupConcurrency? Set, int Share) Smallest()
    {
        (GroupConcurrency? Set, int Share) smallest = (null, int.MaxValue);
        foreach (var told in _told)
        {
            if (told is { Set: { } set } one && one.Share < smallest.Share
                && timeProvider.GetElapsedTime(one.At) <= PresenceLoop.Silence)
            {
                smallest = (set, one.Share);
            }
        }

        return smallest;
    }

    private void Log(GroupConcurrency? set, int obeyed, int before)
    {
        if (set?.Concurrency != _set?.Concurrency)
        {
            if (set is null)
            {
                logger.ConcurrencyReset(queue.Group, obeyed, before);
            }
            else
            {
                logger.ConcurrencySet(queue.Group, set.Concurrency, set.By ?? "?", obeyed, before, Configured);
            }
        }
        else if (obeyed != before)
        {
            logger.ConcurrencyShared(queue.Group, obeyed, before, set?.Concurrency ?? 0);
        }
    }

    // Once, when it begins.
    private void NoteUnreadable(int partition, bool isUnreadable, string stored)
    {
        if (isUnreadable && !_isUnreadable[partition])
        {
            logger.ConcurrencyUnreadable(queue.Group, partition, Excerpt.Of(stored), StoredConcurrency.Most);
        }

        _isUnreadable[partition] = isUnreadable;
    }
}
