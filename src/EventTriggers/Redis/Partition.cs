using System.Collections.Concurrent;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>One shard of the keys, with the lanes through which this process changes it.</summary>
internal sealed class Partition(int index, RedisKeys keys, string channelPrefix, int database)
{
    // Names the lanes of this process, and of no other; a restarted process has another name.
    private static readonly string Instance = Guid.NewGuid().ToString("N")[..16];
    private static long _lanes;

    private readonly ConcurrentBag<Lane> _idle = [];

    public int Index => index;

    public RedisKeys Keys => keys;

    /// <summary>Gets the channel to every consumer, by the client's name; the client adds its own channel prefix.</summary>
    public string Channel { get; } = $"{keys.WakeChannel}:{database}";

    /// <summary>Gets the same channel by the server's name, for PUBLISH in scripts.</summary>
    public RedisValue ServerChannel { get; } = $"{channelPrefix}{keys.WakeChannel}:{database}";

    /// <summary>Gets the channel on which scripts wake one consumer.</summary>
    public string ChannelOf(string consumer) => $"{Channel}:{consumer}";

    /// <summary>Takes a lane, for one operation at a time. Give it back with <see cref="Return"/>.</summary>
    public Lane Rent() => _idle.TryTake(out var lane) ? lane : new Lane($"{Instance}.{Interlocked.Increment(ref _lanes)}");

    public void Return(Lane lane) => _idle.Add(lane);
}
