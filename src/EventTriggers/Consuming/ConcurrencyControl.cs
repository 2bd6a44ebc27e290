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
    private readonly (GroupConcurrency? Set, int Share, long At)?[] _told = new (GroupConcurrency?, int, long)?[partitions];
    private readonly bool[] _isUnreadable = new bool[partitions];
    private GroupConcurrency? _set;
    private bool _isStopping;

    public DeliveryQueue Queue => queue;

    /// <summary>Gets how many deliveries it would handle at a time if nothing was set: none when it stops.</summary>
    public int Wanted => Volatile.Read(ref _isStopping) ? 0 : _configured;

    /// <summary>Gets how many deliveries it may be handling until it is told something else.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                // It claims nothing before it was told something, nor when it stops.
                var allowed = !Array.Exists(_told, static told => told is not null) ? 0
                    : _isStopping ? Math.Min(queue.Concurrency, queue.Claimed) : queue.Concurrency;
                return Math.Max(allowed, Math.Max(queue.BusyWorkers, queue.Claimed > 0 ? 1 : 0));
            }
        }
    }

    /// <summary>Gets a value indicating whether it obeys what an operator has set.</summary>
    public bool IsSet => Volatile.Read(ref _set) is not null;

    /// <summary>Takes over what a partition tells.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="asked">When it was asked.</param>
    /// <param name="stored">What is stored there; empty for nothing.</param>
    /// <param name="share">The share of this process.</param>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Note(int partition, long asked, string stored, int share)
    {
        bool isChanged;
        lock (_lock)
        {
            var set = StoredConcurrency.Read(stored);
            NoteUnreadable(partition, set is null && stored.Length > 0, stored);
            _told[partition] = (set, set is null ? _configured : Math.Min(share, Most), asked);
            isChanged = Obey();
        }

        queue.Adapt();
        return isChanged;
    }

    /// <summary>Looks whether what partitions have told still counts.</summary>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Review()
    {
        bool isChanged;
        lock (_lock)
        {
            isChanged = Obey();
        }

        queue.Adapt();
        return isChanged;
    }

    /// <summary>Notes that nothing is claimed any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
        }
    }

    private bool Obey()
    {
        if (_isStopping)
        {
            // It ends with what it has claimed.
            return false;
        }

        var (before, (set, share)) = (queue.Concurrency, Share());
        if (share != before)
        {
            queue.Resize(share);
        }

        Log(set, share, before);
        Volatile.Write(ref _set, set);
        return share != before;
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

    private void Log(GroupConcurrency? set, int obeyed, int before)
    {
        if (set?.Concurrency != _set?.Concurrency)
        {
            if (set is null)
            {
                logger.ConcurrencyReset(queue.Group, obeyed);
            }
            else
            {
                logger.ConcurrencySet(queue.Group, set.Concurrency, set.By ?? "?", obeyed, _configured);
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
