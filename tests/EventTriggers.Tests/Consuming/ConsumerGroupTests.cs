using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>How much a process claims.</summary>
public sealed class ConsumerGroupTests
{
    private readonly ConsumerGroup _group = new("default", concurrency: 4, runner: null!);
    private readonly Partition _partition = new(0, new RedisKeys("test", 0), string.Empty, 0);

    [Fact]
    [Trait("Fault", "105")]
    public void Reserve_WhereNothingFinishedMeanwhile_TakesAsManyAsThereAreWorkers()
    {
        _group.Prefetch = 0;

        _group.Reserve(_partition).Should().Be(4);
        _group.Reserve(_partition).Should().Be(0);
    }

    [Fact]
    public void Reserve_WhereHandlersAreQuick_TakesAtMostTwiceAsMany()
    {
        _group.Prefetch = 1000;

        _group.Reserve(_partition).Should().Be(8);
    }

    // With a prefetch a claim waits until most is done; without one, for the first worker.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 7)]
    public void HasRoom_DependsOnThePrefetch(int prefetch, int finished)
    {
        _group.Prefetch = prefetch;
        _group.Reserve(_partition);

        for (var done = 1; done < finished; done++)
        {
            _group.Finish();
        }

        _group.HasRoomFor(_partition).Should().BeFalse();
        _group.Finish();
        _group.HasRoomFor(_partition).Should().BeTrue();
    }

    // Redis hands out, but records nothing: handlers go on, and what they have done must not fill the memory.
    [Fact]
    public void Reserve_WhileOutcomesWaitToBeRecorded_IsBounded()
    {
        var held = new Queue<Lease>();
        while (_group.Reserve(_partition) is var share and > 0)
        {
            for (; share > 0; share--)
            {
                var delivery = new Delivery { Group = "default", Id = $"e{held.Count}", Fence = 1, Attempt = 1 };
                held.Enqueue(new Lease(delivery, _partition, renewed: 0));
                _group.Accept(held.Last());
                _group.Finish();
            }
        }

        held.Should().HaveCount(2000);
        _group.HasRoomFor(_partition).Should().BeFalse();
        _group.Drop(held.Dequeue());
        _group.HasRoomFor(_partition).Should().BeTrue("an outcome is recorded");
    }
}
