using EventTriggers.Redis;

namespace EventTriggers.Consuming.Health;

/// <summary>What a consumer loop notes about itself, for <see cref="ConsumerLoopStatus"/>.</summary>
internal sealed class LoopHealth
{
    private readonly Keyspace _keyspace;
    private readonly StuckHandlers _stuck;
    private volatile ConsumerLoopState _state = ConsumerLoopState.NotStarted;
    private volatile Exception? _failure;

    public LoopHealth(Keyspace keyspace, StuckHandlers stuck, TimeProvider timeProvider)
    {
        (_keyspace, _stuck) = (keyspace, stuck);
        Partitions = [.. keyspace.Partitions.Select(_ => new PartitionHealth(timeProvider))];
    }

    /// <summary>Gets what each partition notes, by its number.</summary>
    public IReadOnlyList<PartitionHealth> Partitions { get; }

    public void Begin() => (_failure, _state) = (null, ConsumerLoopState.Running);

    public void NoteStopping() => _state = ConsumerLoopState.Draining;

    public void End(Exception? failure)
    {
        (_failure, _state) = (failure, ConsumerLoopState.Ended);
        foreach (var partition in Partitions)
        {
            partition.Follow(wakes: null, declare: null);
        }
    }

    public ConsumerLoopStatus Read() => new()
    {
        State = _state,
        Failure = _failure,
        Partitions =
        [
            .. _keyspace.Partitions.Select(partition => Partitions[partition.Index].Read(partition, _keyspace.GateOf(partition).Probe)),
        ],
        StuckHandlers = _stuck.Count,
        UndeclaredTriggers =
        [
            .. Partitions.SelectMany(static partition => partition.UndeclaredTriggers).Order(StringComparer.Ordinal),
        ],
    };
}
