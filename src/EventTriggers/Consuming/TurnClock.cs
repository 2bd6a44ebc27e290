namespace EventTriggers.Consuming;

/// <summary>
/// The clock by which processes take turns where fewer deliveries are handled at a time than there are processes. All partitions are told
/// the same one, that of the lowest partition that was heard lately: by their own, each would let another process have its turn.
/// </summary>
internal sealed class TurnClock(int partitions, TimeSpan lasts, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly (long Now, long At)?[] _heard = new (long, long)?[partitions];

    /// <summary>Notes the time of a partition's server.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">Its time, in unix ms.</param>
    public void Note(int partition, long now)
    {
        lock (_lock)
        {
            _heard[partition] = (now, timeProvider.GetTimestamp());
        }
    }

    /// <summary>Gets the time that a partition is to be told, in unix ms; <see langword="null"/> for its own.</summary>
    public long? For(int partition)
    {
        lock (_lock)
        {
            foreach (var heard in _heard.AsSpan(0, partition))
            {
                if (heard is { } one && timeProvider.GetElapsedTime(one.At) is var elapsed && elapsed <= lasts)
                {
                    return one.Now + (long)elapsed.TotalMilliseconds;
                }
            }
        }

        return null;
    }
}
