using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Decides how many deliveries of a group this process handles at a time: as many as it is configured with, or its share of what an
/// operator has set for all processes together. Each partition shares that out by itself, and the smallest share is obeyed: so the shares
/// of all processes are never more than was set. What a partition has told counts for a while; if none has told anything lately, others
/// may have the share, and nothing is claimed.
/// </summary>
/// <param name="queue">The deliveries.</param>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="lasts">For how long counts what a partition has told: less than it keeps the share for this process.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Where a change is logged.</param>
internal sealed class ConcurrencyControl(
    DeliveryQueue queue, int partitions, TimeSpan lasts, TimeProvider timeProvider, ILogger logger)
{
    // No share is larger than what a process may be configured with.
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private readonly int _configured = queue.Concurrency;
    private readonly Told?[] _told = new Told?[partitions];
    private readonly bool[] _isUnreadable = new bool[partitions];
    private GroupConcurrency? _set;
    private bool _isStopping;

    public DeliveryQueue Queue => queue;

    /// <summary>Gets how many deliveries it would handle at a time if nothing was set: none when it stops.</summary>
    public int Wanted => Volatile.Read(ref _isStopping) ? 0 : _configured;

    /// <summary>Gets a value indicating whether it obeys what an operator has set.</summary>
    public bool IsSet => Volatile.Read(ref _set) is not null;

    // It claims nothing before it was told something, nor when it stops.
    private int Allowed => !Array.Exists(_told, static told => told is not null) ? 0
        : _isStopping ? Math.Min(queue.Concurrency, queue.Claimed) : queue.Concurrency;

    /// <summary>Begins a report to a partition. Of what it has told before, no more than the report says counts from now on.</summary>
    /// <returns>
    /// How many deliveries this process may be handling until it knows the reply, and how many of these it may have begun by its share.
    /// </returns>
    public (int Held, int Allowed) Report(int partition)
    {
        Review();
        lock (_lock)
        {
            var allowed = Allowed;
            if (_told[partition] is { Set: not null } told)
            {
                _told[partition] = told with { Share = Math.Min(told.Share, allowed) };
            }

            return (Math.Max(allowed, Math.Max(queue.BusyWorkers, queue.Claimed > 0 ? 1 : 0)), allowed);
        }
    }

    /// <summary>Takes over what a partition tells.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="asked">When it was asked.</param>
    /// <param name="stored">What is stored there; empty for nothing.</param>
    /// <param name="share">The share of this process.</param>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Note(int partition, long asked, string stored, int share)
    {
        var set = StoredConcurrency.Read(stored);
        var isUnreadable = set is null && stored.Length > 0;
        bool isNew;
        Change change;
        lock (_lock)
        {
            isNew = isUnreadable && !_isUnreadable[partition];
            _isUnreadable[partition] = isUnreadable;
            _told[partition] = new Told(set, set is null ? _configured : Math.Min(share, Most), asked);
            change = Obey();
        }

        if (isNew)
        {
            logger.ConcurrencyUnreadable(queue.Group, partition, Excerpt.Of(stored), StoredConcurrency.Most);
        }

        return Apply(change);
    }

    /// <summary>Looks whether what partitions have told still counts.</summary>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Review()
    {
        // Time takes shares away, and sets nothing.
        if (!IsSet)
        {
            return false;
        }

        Change change;
        lock (_lock)
        {
            change = Obey();
        }

        // Most claims look for nothing. What they have prefetched stays where it is.
        return !change.IsNone && Apply(change);
    }

    /// <summary>Notes that nothing is claimed any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
        }
    }

    private Change Obey()
    {
        var before = (Set: _set, Obeyed: queue.Concurrency);

        // One that stops ends with what it has claimed.
        var (set, share) = Share();
        share = _isStopping ? before.Obeyed : share;
        if (share != before.Obeyed)
        {
            queue.Resize(share);
        }

        Volatile.Write(ref _set, set);
        return new Change(before.Set, before.Obeyed, set, share);
    }

    private (GroupConcurrency? Set, int Share) Share()
    {
        (GroupConcurrency? Set, int Share) smallest = (null, int.MaxValue);
        (GroupConcurrency? Set, TimeSpan Age) last = (null, TimeSpan.MaxValue);
        foreach (var told in _told)
        {
            if (told is not { } one)
            {
                continue;
            }

            var age = timeProvider.GetElapsedTime(one.At);
            if (age <= lasts && one.Set is not null && one.Share < smallest.Share)
            {
                smallest = (one.Set, one.Share);
            }

            last = age < last.Age ? (one.Set, age) : last;
        }

        // If something was set when one was heard last, it still is, as far as is known.
        return smallest.Set is not null ? smallest : last.Set is null ? (null, _configured) : (last.Set, 0);
    }

    // Outside the lock: it wakes loops, and calls the log of the host.
    private bool Apply(Change change)
    {
        queue.Adapt();
        var (_, before, set, obeyed) = change;
        if (set?.Concurrency == change.SetBefore?.Concurrency)
        {
            if (obeyed != before)
            {
                logger.ConcurrencyShared(queue.Group, obeyed, before, set?.Concurrency ?? 0);
            }
        }
        else if (set is null)
        {
            logger.ConcurrencyReset(queue.Group, obeyed);
        }
        else
        {
            logger.ConcurrencySet(queue.Group, set.Concurrency, set.By ?? "?", obeyed, _configured);
        }

        return obeyed != before;
    }

    private readonly record struct Told(GroupConcurrency? Set, int Share, long At);

    private readonly record struct Change(GroupConcurrency? SetBefore, int Before, GroupConcurrency? Set, int Obeyed)
    {
        public bool IsNone => Obeyed == Before && Set?.Concurrency == SetBefore?.Concurrency;
    }
}
