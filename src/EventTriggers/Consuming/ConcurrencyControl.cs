using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Decides how many deliveries of a group this process handles at a time: as many as an operator has set, in place of what it is configured
/// with. Each partition tells what is set; where they differ, because a change did not reach all of them, the smallest number is obeyed.
/// </summary>
internal sealed class ConcurrencyControl(DeliveryQueue queue, int partitions, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly int _configured = queue.Concurrency;
    private readonly GroupConcurrency?[] _set = new GroupConcurrency?[partitions];
    private readonly bool[] _isUnreadable = new bool[partitions];

    public string Group => queue.Group;

    /// <summary>Takes over what a partition tells.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="stored">What is stored there; empty for nothing.</param>
    /// <returns>Whether another number is obeyed from now on.</returns>
    public bool Note(int partition, string stored)
    {
        if (!TryChange(partition, stored))
        {
            return false;
        }

        // Outside the lock: it wakes loops, which go on right here.
        queue.WakeIfRoom();
        return true;
    }

    private bool TryChange(int partition, string stored)
    {
        lock (_lock)
        {
            _set[partition] = StoredConcurrency.Read(stored);
            NoteUnreadable(partition, _set[partition] is null && stored.Length > 0, stored);
            var set = _set.MinBy(static one => one?.Concurrency ?? int.MaxValue);
            var (before, obeyed) = (queue.Concurrency, set?.Concurrency ?? _configured);
            if (obeyed == before)
            {
                return false;
            }

            queue.Resize(obeyed);
            if (set is null)
            {
                logger.ConcurrencyReset(Group, obeyed, before);
            }
            else
            {
                logger.ConcurrencySet(Group, obeyed, before, set.By ?? "?", _configured);
            }

            return true;
        }
    }

    // Once, when it begins.
    private void NoteUnreadable(int partition, bool isUnreadable, string stored)
    {
        if (isUnreadable && !_isUnreadable[partition])
        {
            logger.ConcurrencyUnreadable(Group, partition, Excerpt.Of(stored), StoredConcurrency.Most);
        }

        _isUnreadable[partition] = isUnreadable;
    }
}
