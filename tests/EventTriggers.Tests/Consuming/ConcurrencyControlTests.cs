using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Consuming;

/// <summary>What a process obeys of what its partitions tell.</summary>
public sealed class ConcurrencyControlTests
{
    private readonly DeliveryQueue _queue = new("mail", concurrency: 4, partitions: 3);

    // Each step: a partition, what it tells, and how many deliveries are handled at a time from then on.
    [Fact]
    public void TheSmallestThatAPartitionTells_IsObeyed()
    {
        var control = new ConcurrencyControl(_queue, partitions: 3, NullLogger.Instance);
        (int Partition, string Stored, int Obeyed)[] steps =
        [
            (0, string.Empty, 4), (0, "8 1795456123456 ada", 8), (1, "8 1795456123456 ada", 8), (2, "2 1795456123456 ", 2),
            (2, "9 1795456123457 ada", 8), (1, string.Empty, 8), (0, "none", 9), (2, string.Empty, 4),
        ];

        foreach (var (partition, stored, obeyed) in steps)
        {
            var before = _queue.Concurrency;
            control.Note(partition, stored).Should().Be(before != obeyed, $"{partition} tells '{stored}'");
            _queue.Concurrency.Should().Be(obeyed, $"{partition} tells '{stored}'");
        }
    }
}
