using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>A queue of four workers, which wakes the first of two loops, and leases to put into it.</summary>
internal sealed class DeliveryQueueScene
{
    public DeliveryQueueScene() => Queue = new DeliveryQueue("default", concurrency: 4, loops: [Loops[0]]);

    public Signal[] Loops { get; } = [new(Clock.At2030(), null!), new(Clock.At2030(), null!)];

    public Partition Partition { get; } = NewPartition(0);

    public DeliveryQueue Queue { get; }

    public static Partition NewPartition(int index) => new(index, new RedisKeys("test", index), string.Empty, 0);

    public static bool IsSet(Signal signal) => signal.WaitAsync(TimeSpan.FromHours(1), CancellationToken.None).AsTask().IsCompleted;

    public List<Lease> Hold(DeliveryQueue queue, Partition partition, int count)
    {
        var held = Enumerable.Range(0, count).Select(n => NewLease($"e{n}", partition)).ToList();
        held.ForEach(queue.Accept);
        return held;
    }

    public Lease NewLease(string id, Partition? partition = null, DeliveryQueue? queue = null) =>
        new(new Delivery { Group = "default", Id = id, Fence = 1, Attempt = 1 }, partition ?? Partition, queue ?? Queue, renewed: 0);
}
