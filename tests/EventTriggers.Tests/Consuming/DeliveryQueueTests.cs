using EventTriggers.Consuming.Execution;
using static EventTriggers.Tests.Consuming.DeliveryQueueScene;

namespace EventTriggers.Tests.Consuming;

/// <summary>How much a process claims, what it holds, and what it gives back.</summary>
public sealed class DeliveryQueueTests
{
    private readonly DeliveryQueueScene _scene = new();

    [Fact]
    [Trait("Fault", "105")]
    public void ReserveWorkers_WhereNothingFinishedMeanwhile_TakesAsManyAsThereAreWorkers()
    {
        _scene.Queue.Prefetch = 0;

        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(4);
        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(0);
    }

    [Fact]
    public void ReserveWorkers_WhereHandlersAreQuick_TakesAtMostFourTimesAsMany()
    {
        _scene.Queue.Prefetch = 1000;

        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(16);
    }

    [Fact]
    public void Resize_ChangesTheRoom_AndWhatIsPrefetched()
    {
        _scene.Queue.Prefetch = 1000;
        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(16);

        _scene.Queue.Resize(1);
        (_scene.Queue.Concurrency, _scene.Queue.Prefetch, _scene.Queue.RoomFor(_scene.Partition)).Should().Be((1, 3, 0));
        _scene.Queue.ReturnWorkers(16);
        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(4, "the worker, and three times as much");

        _scene.Queue.Resize(10);
        _scene.Queue.RoomFor(_scene.Partition).Should().Be(9, "ten workers, and the prefetch of before, less what is claimed");
    }

    [Fact]
    public void ReserveWorkers_WithSeveralPartitions_TakesAShareForEach()
    {
        var queue = new DeliveryQueue("default", concurrency: 9, partitions: 2);

        queue.ReserveWorkers(NewPartition(0)).Should().Be(5);
        queue.ReserveWorkers(NewPartition(1)).Should().Be(2, "half of what is left, rounded up");
    }

    // The partition that has deliveries gets the room, but one that does not answer must not hold all of it.
    [Theory]
    [InlineData(0, 16, 8)]
    [InlineData(1, 16, 8)]
    [InlineData(2, 11, 7)]
    [InlineData(3, 8, 6)]
    [InlineData(5, 6, 5)]
    public void ReserveWorkers_SharesTheRoomAmongPartitionsThatLeftDeliveries_AndTakesHalfAtMost(int others, int first, int second)
    {
        var queue = new DeliveryQueue("default", concurrency: 32, partitions: 6);
        for (var p = 1; p <= others; p++)
        {
            queue.NoteLeft(NewPartition(p), ready: 1, quarantined: 0);
        }

        queue.ReserveWorkers(_scene.Partition).Should().Be(first);
        queue.NoteLeft(_scene.Partition, ready: 1, quarantined: 0);
        queue.ReserveWorkers(_scene.Partition).Should().Be(second, "it counts once");
        queue.ReturnWorkers(first + second);
        for (var p = 1; p <= others; p++)
        {
            queue.ForgetLeft(NewPartition(p));
        }

        queue.RoomFor(_scene.Partition).Should().Be(16);
    }

    // Redis hands out, but records nothing: handlers go on, and what they have done must not fill the memory.
    [Fact]
    public void ReserveWorkers_WhileOutcomesWaitToBeRecorded_IsBounded()
    {
        var held = new Queue<Lease>();
        while (_scene.Queue.ReserveWorkers(_scene.Partition) is var share and > 0)
        {
            for (; share > 0; share--)
            {
                held.Enqueue(_scene.NewLease($"e{held.Count}"));
                _scene.Queue.Accept(held.Last());
                _scene.Queue.Finish();
            }
        }

        held.Should().HaveCount(2000);
        _scene.Queue.HasRoomFor(_scene.Partition).Should().BeFalse();
        _scene.Queue.Remove(held.Dequeue());
        _scene.Queue.HasRoomFor(_scene.Partition).Should().BeTrue("an outcome is recorded");
    }

    [Fact]
    public void ReserveQuarantine_WhenTheSlotIsTaken_IsRefusedUntilItIsReturned()
    {
        _scene.Queue.ReserveQuarantine().Should().BeTrue();
        (_scene.Queue.ReserveQuarantine(), _scene.Queue.HasQuarantineSlot).Should().Be((false, false));

        _scene.Queue.ReturnQuarantine();

        _scene.Queue.ReserveQuarantine().Should().BeTrue();
    }

    // This process lost the lease, and claimed the same delivery again itself.
    [Fact]
    public void Accept_OfADeliveryThatIsHeld_StopsTheEarlierHandler()
    {
        var (earlier, later) = (_scene.NewLease("e1"), _scene.NewLease("e1"));
        _scene.Queue.Accept(earlier);

        _scene.Queue.Accept(later);
        _scene.Queue.Remove(earlier);

        earlier.Interruption.Should().Be(Interruption.LeaseLost);
        _scene.Queue.Find(_scene.Partition, "e1").Should().BeSameAs(later);
    }

    // What one claim takes has to fit into a command and a reply.
    [Fact]
    public void ReserveWorkers_WithHundredsOfWorkers_TakesAtMost200AtATime()
    {
        var queue = new DeliveryQueue("default", concurrency: 300);

        (queue.ReserveWorkers(_scene.Partition), queue.ReserveWorkers(_scene.Partition)).Should().Be((200, 100));
    }

    [Fact]
    public void ReserveWorkers_AfterMoreWasTakenThanThereIsRoom_TakesNoneUntilThereIsRoomAgain()
    {
        _scene.Queue.ReserveWorkers(_scene.Partition);
        _scene.Queue.Overdraw();

        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(0);
        _scene.Queue.Finish();
        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(0, "one more than there are workers was running");
        _scene.Queue.Finish();
        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(1);
    }

    [Fact]
    public void IsBusy_FromTheReservationToTheEndOfTheLast()
    {
        var before = _scene.Queue.IsBusy;
        _scene.Queue.ReserveWorkers(_scene.Partition);
        var reserved = _scene.Queue.IsBusy;
        _scene.Queue.ReturnWorkers(3);
        var running = _scene.Queue.IsBusy;
        _scene.Queue.Finish();

        (before, reserved, running, _scene.Queue.IsBusy).Should().Be((false, true, true, false));
    }

    [Fact]
    public void ReserveWorkers_OfAGroupWithManyWorkers_LetsFourTimesAsManyOutcomesWait()
    {
        var queue = new DeliveryQueue("default", concurrency: 1000);
        _scene.Hold(queue, _scene.Partition, 3999);

        queue.ReserveWorkers(_scene.Partition).Should().Be(1);
    }

    [Fact]
    public void Accept_OfTheSameIdInTwoPartitions_HoldsBoth()
    {
        var queue = new DeliveryQueue("default", concurrency: 2, partitions: 2);
        var (one, two) = (_scene.NewLease("e1", NewPartition(0)), _scene.NewLease("e1", NewPartition(1)));

        queue.Accept(one);
        queue.Accept(two);

        (one.Interruption, two.Interruption).Should().Be((Interruption.None, Interruption.None));
        (queue.Find(one.Partition, "e1"), queue.Find(two.Partition, "e1")).Should().Be((one, two));
        queue.Held.Should().BeEquivalentTo([one, two]);
    }

    [Fact]
    public void Reservation_ThatIsReturned_GivesItsSlotsBackOnce()
    {
        var reservation = new ClaimReservation(_scene.Queue, _scene.Partition, Clock.At2030());
        reservation.Begin().Workers.Should().Be(4);
        reservation.Take(isQuarantined: true);

        reservation.Return();
        reservation.Return();

        (_scene.Queue.ReserveWorkers(_scene.Partition), _scene.Queue.HasQuarantineSlot).Should()
            .Be((3, false), "a worker and the quarantine slot are taken");
    }

    // A claim that was long on its way brings deliveries although its slots were given back.
    [Fact]
    public void Reservation_ThatWasReturnedBeforeItsReply_TakesOnTop()
    {
        var reservation = new ClaimReservation(_scene.Queue, _scene.Partition, Clock.At2030());
        reservation.Begin();
        reservation.Return();

        reservation.Take(isQuarantined: false).Should().BeFalse();

        _scene.Queue.ReserveWorkers(_scene.Partition).Should().Be(3);
    }

    [Fact]
    public async Task WhatNoWorkerHasBegun_IsGivenBack_IfFewerAreHandled_AndWithNoneWhateverIsStillClaimed()
    {
        var (begun, givenBack, gate) = (new List<string>(), new List<string>(), new SemaphoreSlim(0));
        var queue = new DeliveryQueue("default", concurrency: 2, run: async lease =>
        {
            lock (begun)
            {
                (lease.IsGivenBack ? givenBack : begun).Add(lease.Delivery.Id);
            }

            await (lease.IsGivenBack ? Task.CompletedTask : gate.WaitAsync());
            lease.Queue.Finish();
        });
        queue.Prefetch = 2;
        queue.ReserveWorkers(_scene.Partition).Should().Be(4);
        Accept("e1", "e2", "e3", "e4");
        await Wait.UntilAsync(() => queue.BusyWorkers == 2, "two have begun");

        Resize(3);
        await Wait.UntilAsync(() => queue.BusyWorkers == 3, "one more has begun");
        givenBack.Should().BeEmpty();
        Resize(0);
        await Wait.UntilAsync(() => givenBack.Count == 1, "what waits is given back");
        queue.Overdraw();
        Accept("e5");
        gate.Release(3);
        await Wait.UntilAsync(() => givenBack.Count == 2 && queue.BusyWorkers == 0, "what was on its way is given back, too");

        begun.Should().BeEquivalentTo("e1", "e2", "e3");
        givenBack.Should().Equal("e4", "e5");
        queue.HasRoomFor(NewPartition(0)).Should().BeFalse();
        Resize(1);
        Accept("e6");
        await Wait.UntilAsync(() => begun.Contains("e6"), "it goes on");
        gate.Release();

        void Resize(int concurrency)
        {
            queue.Resize(concurrency);
            queue.Adapt();
        }

        void Accept(params string[] ids) => Array.ForEach(ids, id => queue.Accept(_scene.NewLease(id, queue: queue)));
    }

    // Nobody watches it where nothing is prefetched.
    [Fact]
    public async Task WhatAClaimBrings_ForWhichThereIsNoWorkerAnyMore_IsGivenBack()
    {
        var (begun, givenBack, gate) = (new List<string>(), new List<string>(), new TaskCompletionSource());
        var queue = new DeliveryQueue("default", concurrency: 4, prefetches: false, run: async lease =>
        {
            lock (begun)
            {
                (lease.IsGivenBack ? givenBack : begun).Add(lease.Delivery.Id);
            }

            await (lease.IsGivenBack ? Task.CompletedTask : gate.Task);
        });
        queue.ReserveWorkers(_scene.Partition).Should().Be(4);
        queue.Resize(1);
        queue.Adapt();

        foreach (var id in (string[])["e1", "e2", "e3", "e4"])
        {
            queue.Accept(_scene.NewLease(id, queue: queue));
        }

        await Wait.UntilAsync(() => queue.BusyWorkers == 1, "one has begun");
        queue.EndClaim(TimeSpan.Zero);
        await Wait.UntilAsync(() => givenBack.Count == 3, "the others are given back");
        gate.SetResult();

        begun.Should().Equal("e1");
        givenBack.Should().BeEquivalentTo("e2", "e3", "e4");
    }

    // What it had reserved counted as what it holds: others are to have that.
    [Fact]
    public void AClaimThatComesBackEmpty_WhenNothingIsHandledAnyMore_IsSaid()
    {
        var said = 0;
        _scene.Queue.OnShrunk(() => said++);
        _scene.Queue.ReserveWorkers(_scene.Partition);
        _scene.Queue.Resize(0);
        _scene.Queue.Adapt();
        (said, _scene.Queue.Claimed).Should().Be((0, 4));

        _scene.Queue.ReturnWorkers(4);

        (said, _scene.Queue.Claimed).Should().Be((1, 0));
    }

    [Fact]
    public async Task EachWorkerThatEnds_WhenItIsClosed_IsSaid()
    {
        var (said, gates) = (0, new Queue<TaskCompletionSource>([new(), new()]));
        var queue = new DeliveryQueue("default", concurrency: 2, run: async lease =>
        {
            TaskCompletionSource gate;
            lock (gates)
            {
                gate = gates.Dequeue();
            }

            await gate.Task;
        });
        var all = gates.ToArray();
        queue.OnShrunk(() => Interlocked.Increment(ref said));
        foreach (var id in (string[])["e1", "e2"])
        {
            queue.Accept(_scene.NewLease(id, queue: queue));
        }

        await Wait.UntilAsync(() => queue.BusyWorkers == 2, "both have begun");
        var closing = queue.CloseAsync();
        Volatile.Read(ref said).Should().Be(0);
        all[0].SetResult();
        await Wait.UntilAsync(() => Volatile.Read(ref said) == 1, "the first one has ended");
        all[1].SetResult();
        await closing;
        await Wait.UntilAsync(() => Volatile.Read(ref said) == 2, "the second one has ended");
    }
}
