using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// One numbered sequence of operations, one at a time. The server keeps a lane's last number and outcome, so an operation whose reply was
/// lost is repeated under its number and happens once, and a call that the server runs long after everybody gave it up does nothing.
/// </summary>
internal sealed class Lane(string name)
{
    private long _sequence;

    public RedisValue Name { get; } = name;

    /// <summary>Begins the next operation: every call until the next one is a repeat of it.</summary>
    public long Next() => ++_sequence;
}
