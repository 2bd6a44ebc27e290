using EventTriggers.Consuming.Execution;
using static EventTriggers.Tests.Consuming.DeliveryQueueScene;

namespace EventTriggers.Tests.Consuming;

/// <summary>When a process claims again, and which of its loops are woken for it.</summary>
public sealed class DeliveryQueueWakeTests
{
    private readonly DeliveryQueueScene _scene = new();

    [Fact]
    public void Resize_ToMore_HasRoomForTheLoopThatHadToLeaveSomething()
    {
        _scene.Queue.Prefetch = 0;
        _scene.Queue.ReserveWorkers(_scene.Partition);
        _scene.Queue.NoteLeft(_scene.Partition, ready: 5, quarantined: 0).Should().BeFalse();

        _scene.Queue.Resize(5);
        _scene.Queue.Adapt();

        IsSet(_scene.Loops[0]).Should().BeTrue();
    }

    // With a prefetch a claim waits until most is done; without one, for the first worker.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 7)]
    public void HasRoomFor_DependsOnThePrefetch(int prefetch, int finished)
    {
        _scene.Queue.Prefetch = prefetch;
        _scene.Queue.ReserveWorkers(_scene.Partition);

        for (var done = 1; done < finished; done++)
        {
            _scene.Queue.Finish();
        }

        _scene.Queue.HasRoomFor(_scene.Partition).Should().BeFalse();
        _scene.Queue.Finish();
        _scene.Queue.HasRoomFor(_scene.Partition).Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(0, 1, true)]
    public void NoteLeft_WithRoom_AsksForAnotherClaimWhereSomethingIsLeft(long ready, long quarantined, bool claimsAgain) =>
        _scene.Queue.NoteLeft(_scene.Partition, ready, quarantined).Should().Be(claimsAgain);

    // Otherwise a loop would ask in circles for a delivery that it may not take.
    [Fact]
    public void NoteLeft_WhileTheQuarantineSlotIsTaken_DoesNotAskForQuarantinedDeliveries()
    {
        _scene.Queue.ReserveQuarantine();

        _scene.Queue.NoteLeft(_scene.Partition, ready: 0, quarantined: 1).Should().BeFalse();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Finish_WakesALoopThatLeftDeliveriesForWantOfAWorker(long left, bool wakes)
    {
        _scene.Queue.ReserveWorkers(_scene.Partition);
        _scene.Queue.NoteLeft(_scene.Partition, left, quarantined: 0).Should().BeFalse("all workers are taken");

        _scene.Queue.Finish();

        IsSet(_scene.Loops[0]).Should().Be(wakes);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void ReturnQuarantine_WakesALoopThatLeftQuarantinedDeliveries(long left, bool wakes)
    {
        _scene.Queue.ReserveQuarantine();
        _scene.Queue.NoteLeft(_scene.Partition, ready: 0, left);

        _scene.Queue.ReturnQuarantine();

        IsSet(_scene.Loops[0]).Should().Be(wakes);
    }

    [Fact]
    public void Finish_AfterForgetLeft_WakesNothing()
    {
        _scene.Queue.ReserveWorkers(_scene.Partition);
        _scene.Queue.NoteLeft(_scene.Partition, ready: 1, quarantined: 0);

        _scene.Queue.ForgetLeft(_scene.Partition);
        _scene.Queue.Finish();

        IsSet(_scene.Loops[0]).Should().BeFalse();
    }

    [Fact]
    public void Finish_WithSeveralPartitions_WakesTheOneThatLeftDeliveries()
    {
        var queue = new DeliveryQueue("default", concurrency: 1, partitions: 2, loops: _scene.Loops);
        queue.ReserveWorkers(NewPartition(0));
        queue.NoteLeft(NewPartition(1), ready: 1, quarantined: 0);

        queue.Finish();

        (IsSet(_scene.Loops[0]), IsSet(_scene.Loops[1])).Should().Be((false, true));
    }

    [Theory]
    [InlineData(1, 4, true)]
    [InlineData(1, 0, false)]
    [InlineData(0, 4, false)]
    public void IsAwaitedBy_APartitionThatLeftDeliveries_WhereHandlersAreQuick(long left, int prefetch, bool isAwaited)
    {
        _scene.Queue.Prefetch = prefetch;
        _scene.Queue.NoteLeft(_scene.Partition, left, quarantined: 0);

        _scene.Queue.IsAwaitedBy(_scene.Partition).Should().Be(isAwaited);
    }

    // A quarantined delivery needs a worker and the slot: it waits for the one that it lacks.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Finish_WakesALoopThatLeftQuarantinedDeliveries_WhereTheirSlotIsFree(bool isTaken, bool wakes)
    {
        _scene.Queue.ReserveWorkers(_scene.Partition);
        if (isTaken)
        {
            _scene.Queue.ReserveQuarantine();
        }

        _scene.Queue.NoteLeft(_scene.Partition, ready: 0, quarantined: 1);
        _scene.Queue.Finish();

        IsSet(_scene.Loops[0]).Should().Be(wakes);
    }

    [Fact]
    public void ReturnQuarantine_AfterForgetLeft_WakesNothing()
    {
        _scene.Queue.ReserveQuarantine();
        _scene.Queue.NoteLeft(_scene.Partition, ready: 0, quarantined: 1);

        _scene.Queue.ForgetLeft(_scene.Partition);
        _scene.Queue.ReturnQuarantine();

        IsSet(_scene.Loops[0]).Should().BeFalse();
    }

    // A partition that is away records nothing: the others go on.
    [Fact]
    public void Outcomes_ThatAPartitionDoesNotRecord_HoldUpThatPartitionAlone()
    {
        var (away, other) = (NewPartition(0), NewPartition(1));
        var queue = new DeliveryQueue("default", concurrency: 1, partitions: 2, loops: _scene.Loops);
        _scene.Hold(queue, away, 2000);

        queue.HasRoomFor(away).Should().BeFalse();
        queue.ReserveWorkers(other).Should().Be(1);
        queue.NoteLeft(away, ready: 1, quarantined: 0);
        queue.NoteLeft(other, ready: 1, quarantined: 0);
        queue.Finish();

        (IsSet(_scene.Loops[0]), IsSet(_scene.Loops[1])).Should().Be((false, true));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, false)]
    public void Remove_WakesALoopThatLeftDeliveriesForWantOfRoomForOutcomes(int running, bool wakes)
    {
        var held = _scene.Hold(_scene.Queue, _scene.Partition, 2000);
        for (; running > 0; running--)
        {
            _scene.Queue.Overdraw();
        }

        _scene.Queue.NoteLeft(_scene.Partition, ready: 1, quarantined: 0).Should().BeFalse();
        _scene.Queue.Remove(held[0]);

        IsSet(_scene.Loops[0]).Should().Be(wakes);
    }
}
