using EventTriggers.Redis;
using EventTriggers.Redis.Publishing;

namespace EventTriggers.Tests.Redis;

public sealed class PublishBudgetTests
{
    private const int Most = 1200;

    [Fact]
    public void OnePartition_HasAllOfIt()
    {
        var budget = new PublishBudget(Most, partitions: 1);

        Take(budget, 0, 100).Should().Be(12);
        budget.Waiting.Should().Be(Most);
    }

    [Fact]
    public void APartition_HasItsShare_WhateverTheOthersTake()
    {
        var budget = new PublishBudget(Most, partitions: 3);

        Take(budget, 0, 100).Should().Be(6, "half is for all");
        Take(budget, 1, 100).Should().Be(2, "a sixth is its own");
        Take(budget, 2, 100).Should().Be(2);
        Take(budget, 0, 100).Should().Be(0);
        budget.Waiting.Should().BeLessThanOrEqualTo(Most);
    }

    [Fact]
    public void InWhateverOrder_NoMoreWaitsThanMay()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var partitions = random.Next(1, 9);
            var (budget, held) = (new PublishBudget(Most, partitions), new List<(int Partition, int Bytes)>());
            for (var step = 0; step < 500; step++)
            {
                if (held.Count > 0 && random.Next(3) == 0)
                {
                    var (partition, bytes) = held[^1];
                    held.RemoveAt(held.Count - 1);
                    budget.Return(At(partition), bytes);
                }
                else if (Take(budget, step % partitions, 10, atMost: 1) == 1)
                {
                    held.Add((step % partitions, 10));
                }
            }

            held.Sum(static one => one.Bytes).Should().BeLessThanOrEqualTo(Most);
            budget.Waiting.Should().Be(held.Sum(static one => one.Bytes));
        }
    }

    [Fact]
    public void WhatComesAlone_IsLetThrough_HoweverLargeItIs() =>
        new PublishBudget(Most, partitions: 3).TryTake(At(1), 10 * Most).Should().BeTrue();

    // As a publish does: what is refused gives its room back.
    private static int Take(PublishBudget budget, int partition, int bytes, int atMost = int.MaxValue)
    {
        var taken = 0;
        while (taken < atMost)
        {
            if (!budget.TryTake(At(partition), bytes))
            {
                budget.Return(At(partition), bytes);
                break;
            }

            taken++;
        }

        return taken;
    }

    private static Partition At(int index) => new(index, new RedisKeys("p", index), string.Empty, database: 0);
}
