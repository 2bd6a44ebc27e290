using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>How much a process claims, and when it claims again.</summary>
public sealed class DeliveryQueueTests
{
    private readonly Signal[] _loops = [new(Clock.At2030(), null!), new(Clock.At2030(), null!)];
    private readonly Partition _partition = NewPartition(0);
    private readonly DeliveryQueue _queue;

    public DeliveryQueueTests() => _queue = new DeliveryQueue("default", concurrency: 4, loops: [_loops[0]]);

    [Fact]
    [Trait("Fault", "105")]
    public void ReserveWorkers_WhereNothingFinishedMeanwhile_TakesAsManyAsThereAreWorkers()
    {
        _queue.Prefetch = 0;

        _queue.ReserveWorkers(_partition).Should().Be(4);
        _queue.ReserveWorkers(_partition).Should().Be(0);
    }

    [Fact]
    public void ReserveWorkers_WhereHandlersAreQuick_TakesAtMostFourTimesAsMany()
    {
        _queue.Prefetch = 1000;

        _queue.ReserveWorkers(_partition).Should().Be(16);
    }

    [Fact]
    public void Resize_ChangesTheRoom_AndWhatIsPrefetched()
    {
        _queue.Prefetch = 1000;
        _queue.ReserveWorkers(_partition).Should().Be(16);

        _queue.Resize(1);
        (_queue.Concurrency, _queue.Prefetch, _queue.RoomFor(_partition)).Should().Be((1, 3, 0));
        _queue.ReturnWorkers(16);
        _queue.ReserveWorkers(_partition).Should().Be(4, "the worker, and three times as much");

        _queue.Resize(10);
        _queue.RoomFor(_partition).Should().Be(9, "ten workers, and the prefetch of before, less what is claimed");
    }

    [Fact]
    public void Resize_ToMore_HasRoomForTheLoopThatHadToLeaveSomething()
    {
        _queue.Prefetch = 0;
        _queue.ReserveWorkers(_partition);
        _queue.NoteLeft(_partition, ready: 5, quarantined: 0).Should().BeFalse();

        _queue.Resize(5);
        _queue.Adapt();

        IsSet(_loops[0]).Should().BeTrue();
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

        queue.ReserveWorkers(_partition).Should().Be(first);
        queue.NoteLeft(_partition, ready: 1, quarantined: 0);
        queue.ReserveWorkers(_partition).Should().Be(second, "it counts once");
        queue.ReturnWorkers(first + second);
        for (var p = 1; p <= others; p++)
        {
            queue.ForgetLeft(NewPartition(p));
        }

        queue.RoomFor(_partition).Should().Be(16);
    }

    // With a prefetch a claim waits until most is done; without one, for the first worker.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 7)]
    public void HasRoomFor_DependsOnThePrefetch(int prefetch, int finished)
    {
        _queue.Prefetch = prefetch;
        _queue.ReserveWorkers(_partition);

        for (var done = 1; done < finished; done++)
        {
            _queue.Finish();
        }

        _queue.HasRoomFor(_partition).Should().BeFalse();
        _queue.Finish();
        _queue.HasRoomFor(_partition).Should().BeTrue();
    }

    // Redis hands out, but records nothing: handlers go on, and what they have done must not fill the memory.
    [Fact]
    public void ReserveWorkers_WhileOutcomesWaitToBeRecorded_IsBounded()
    {
        var held = new Queue<Lease>();
        while (_queue.ReserveWorkers(_partition) is var share and > 0)
        {
            for (; share > 0; share--)
            {
                held.Enqueue(NewLease($"e{held.Count}"));
                _queue.Accept(held.Last());
                _queue.Finish();
            }
        }

        held.Should().HaveCount(2000);
        _queue.HasRoomFor(_partition).Should().BeFalse();
        _queue.Remove(held.Dequeue());
        _queue.HasRoomFor(_partition).Should().BeTrue("an outcome is recorded");
    }

    [Fact]
    public void ReserveQuarantine_WhenTheSlotIsTaken_IsRefusedUntilItIsReturned()
    {
        _queue.ReserveQuarantine().Should().BeTrue();
        (_queue.ReserveQuarantine(), _queue.HasQuarantineSlot).Should().Be((false, false));

        _queue.ReturnQuarantine();

        _queue.ReserveQuarantine().Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(0, 1, true)]
    public void NoteLeft_WithRoom_AsksForAnotherClaimWhereSomethingIsLeft(long ready, long quarantined, bool claimsAgain) =>
        _queue.NoteLeft(_partition, ready, quarantined).Should().Be(claimsAgain);

    // Otherwise a loop would ask in circles for a delivery that it may not take.
    [Fact]
    public void NoteLeft_WhileTheQuarantineSlotIsTaken_DoesNotAskForQuarantinedDeliveries()
    {
        _queue.ReserveQuarantine();

        _queue.NoteLeft(_partition, ready: 0, quarantined: 1).Should().BeFalse();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Finish_WakesALoopThatLeftDeliveriesForWantOfAWorker(long left, bool wakes)
    {
        _queue.ReserveWorkers(_partition);
        _queue.NoteLeft(_partition, left, quarantined: 0).Should().BeFalse("all workers are taken");

        _queue.Finish();

        IsSet(_loops[0]).Should().Be(wakes);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void ReturnQuarantine_WakesALoopThatLeftQuarantinedDeliveries(long left, bool wakes)
    {
        _queue.ReserveQuarantine();
        _queue.NoteLeft(_partition, ready: 0, left);

        _queue.ReturnQuarantine();

        IsSet(_loops[0]).Should().Be(wakes);
    }

    [Fact]
    public void Finish_AfterForgetLeft_WakesNothing()
    {
        _queue.ReserveWorkers(_partition);
        _queue.NoteLeft(_partition, ready: 1, quarantined: 0);

        _queue.ForgetLeft(_partition);
        _queue.Finish();

        IsSet(_loops[0]).Should().BeFalse();
    }

    [Fact]
    public void Finish_WithSeveralPartitions_WakesTheOneThatLeftDeliveries()
    {
        var queue = new DeliveryQueue("default", concurrency: 1, partitions: 2, loops: _loops);
        queue.ReserveWorkers(NewPartition(0));
        queue.NoteLeft(NewPartition(1), ready: 1, quarantined: 0);

        queue.Finish();

        (IsSet(_loops[0]), IsSet(_loops[1])).Should().Be((false, true));
    }

    // This process lost the lease, and claimed the same delivery again itself.
    [Fact]
    public void Accept_OfADeliveryThatIsHeld_StopsTheEarlierHandler()
    {
        var (earlier, later) = (NewLease("e1"), NewLease("e1"));
        _queue.Accept(earlier);

        _queue.Accept(later);
        _queue.Remove(earlier);

        earlier.Interruption.Should().Be(Interruption.LeaseLost);
        _queue.Find(_partition, "e1").Should().BeSameAs(later);
    }

    // What one claim takes has to fit into a command and a reply.
    [Fact]
    public void ReserveWorkers_WithHundredsOfWorkers_TakesAtMost200AtATime()
    {
        var queue = new DeliveryQueue("default", concurrency: 300);

        (queue.ReserveWorkers(_partition), queue.ReserveWorkers(_partition)).Should().Be((200, 100));
    }

    [Fact]
    public void ReserveWorkers_AfterMoreWasTakenThanThereIsRoom_TakesNoneUntilThereIsRoomAgain()
    {
        _queue.ReserveWorkers(_partition);
        _queue.Overdraw();

        _queue.ReserveWorkers(_partition).Should().Be(0);
        _queue.Finish();
        _queue.ReserveWorkers(_partition).Should().Be(0, "one more than there are workers was running");
        _queue.Finish();
        _queue.ReserveWorkers(_partition).Should().Be(1);
    }

    [Fact]
    public void IsBusy_FromTheReservationToTheEndOfTheLast()
    {
        var before = _queue.IsBusy;
        _queue.ReserveWorkers(_partition);
        var reserved = _queue.IsBusy;
        _queue.ReturnWorkers(3);
        var running = _queue.IsBusy;
        _queue.Finish();

        (before, reserved, running, _queue.IsBusy).Should().Be((false, true, true, false));
    }

    [Theory]
    [InlineData(1, 4, true)]
    [InlineData(1, 0, false)]
    [InlineData(0, 4, false)]
    public void IsAwaitedBy_APartitionThatLeftDeliveries_WhereHandlersAreQuick(long left, int prefetch, bool isAwaited)
    {
        _queue.Prefetch = prefetch;
        _queue.NoteLeft(_partition, left, quarantined: 0);

        _queue.IsAwaitedBy(_partition).Should().Be(isAwaited);
    }

    // A quarantined delivery needs a worker and the slot: it waits for the one that it lacks.
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Finish_WakesALoopThatLeftQuarantinedDeliveries_WhereTheirSlotIsFree(bool isTaken, bool wakes)
    {
        _queue.ReserveWorkers(_partition);
        if (isTaken)
        {
            _queue.ReserveQuarantine();
        }

        _queue.NoteLeft(_partition, ready: 0, quarantined: 1);
        _queue.Finish();

        IsSet(_loops[0]).Should().Be(wakes);
    }

    [Fact]
    public void ReturnQuarantine_AfterForgetLeft_WakesNothing()
    {
        _queue.ReserveQuarantine();
        _queue.NoteLeft(_partition, ready: 0, quarantined: 1);

        _queue.ForgetLeft(_partition);
        _queue.ReturnQuarantine();

        IsSet(_loops[0]).Should().BeFalse();
    }

    // A partition that is away records nothing: the others go on.
    [Fact]
    public void Outcomes_ThatAPartitionDoesNotRecord_HoldUpThatPartitionAlone()
    {
        var (away, other) = (NewPartition(0), NewPartition(1));
        var queue = new DeliveryQueue("default", concurrency: 1, partitions: 2, loops: _loops);
        Hold(queue, away, 2000);

        queue.HasRoomFor(away).Should().BeFalse();
        queue.ReserveWorkers(other).Should().Be(1);
        queue.NoteLeft(away, ready: 1, quarantined: 0);
        queue.NoteLeft(other, ready: 1, quarantined: 0);
        queue.Finish();

        (IsSet(_loops[0]), IsSet(_loops[1])).Should().Be((false, true));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, false)]
    public void Remove_WakesALoopThatLeftDeliveriesForWantOfRoomForOutcomes(int running, bool wakes)
    {
        var held = Hold(_queue, _partition, 2000);
        for (; running > 0; running--)
        {
            _queue.Overdraw();
        }

        _queue.NoteLeft(_partition, ready: 1, quarantined: 0).Should().BeFalse();
        _queue.Remove(held[0]);

        IsSet(_loops[0]).Should().Be(wakes);
    }

    [Fact]
    public void ReserveWorkers_OfAGroupWithManyWorkers_LetsFourTimesAsManyOutcomesWait()
    {
        var queue = new DeliveryQueue("default", concurrency: 1000);
        Hold(queue, _partition, 3999);

        queue.ReserveWorkers(_partition).Should().Be(1);
    }

    [Fact]
    public void Accept_OfTheSameIdInTwoPartitions_HoldsBoth()
    {
        var queue = new DeliveryQueue("default", concurrency: 2, partitions: 2);
        var (one, two) = (NewLease("e1", NewPartition(0)), NewLease("e1", NewPartition(1)));

        queue.Accept(one);
        queue.Accept(two);

        (one.Interruption, two.Interruption).Should().Be((Interruption.None, Interruption.None));
        (queue.Find(one.Partition, "e1"), queue.Find(two.Partition, "e1")).Should().Be((one, two));
        queue.Held.Should().BeEquivalentTo([one, two]);
    }

    [Fact]
    public void Reservation_ThatIsReturned_GivesItsSlotsBackOnce()
    {
        var reservation = new ClaimReservation(_queue, _partition, Clock.At2030());
        reservation.Begin().Workers.Should().Be(4);
        reservation.Take(isQuarantined: true);

        reservation.Return();
        reservation.Return();

        (_queue.ReserveWorkers(_partition), _queue.HasQuarantineSlot).Should().Be((3, false), "a worker and the quarantine slot are taken");
    }

    // A claim that was long on its way brings deliveries although its slots were given back.
    [Fact]
    public void Reservation_ThatWasReturnedBeforeItsReply_TakesOnTop()
    {
        var reservation = new ClaimReservation(_queue, _partition, Clock.At2030());
        reservation.Begin();
        reservation.Return();

        reservation.Take(isQuarantined: false).Should().BeFalse();

        _queue.ReserveWorkers(_partition).Should().Be(3);
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
        queue.ReserveWorkers(_partition).Should().Be(4);
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

        void Accept(params string[] ids) => Array.ForEach(ids, id => queue.Accept(NewLease(id, queue: queue)));
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
        queue.ReserveWorkers(_partition).Should().Be(4);
        queue.Resize(1);
        queue.Adapt();

        foreach (var id in (string[])["e1", "e2", "e3", "e4"])
        {
            queue.Accept(NewLease(id, queue: queue));
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
        _queue.OnShrunk(() => said++);
        _queue.ReserveWorkers(_partition);
        _queue.Resize(0);
        _queue.Adapt();
        (said, _queue.Claimed).Should().Be((0, 4));

        _queue.ReturnWorkers(4);

        (said, _queue.Claimed).Should().Be((1, 0));
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
            queue.Accept(NewLease(id, queue: queue));
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

    private static Partition NewPartition(int index) => new(index, new RedisKeys("test", index), string.Empty, 0);

    private static bool IsSet(Signal signal) => signal.WaitAsync(TimeSpan.FromHours(1), CancellationToken.None).AsTask().IsCompleted;

    private List<Lease> Hold(DeliveryQueue queue, Partition partition, int count)
    {
        var held = Enumerable.Range(0, count).Select(n => NewLease($"e{n}", partition)).ToList();
        held.ForEach(queue.Accept);
        return held;
    }

    private Lease NewLease(string id, Partition? partition = null, DeliveryQueue? queue = null) =>
        new(new Delivery { Group = "default", Id = id, Fence = 1, Attempt = 1 }, partition ?? _partition, queue ?? _queue, renewed: 0);
}
