using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// A numbered sequence of operations, one at a time. The server keeps a lane's last number and outcome. So an operation whose reply was
/// lost is repeated under its number and happens once, and a call that arrives after its successor does nothing.
/// </summary>
internal sealed class Lane(string name)
{
    private long _sequence;

    public RedisValue Name { get; } = name;

    /// <summary>Starts the next operation: every call until the next one repeats it.</summary>
    public long Next() => ++_sequence;
}
