using EventTriggers.Consuming;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Batches;

/// <summary>When a batch begins, who is alone in one, and what batches do to the capacity of a group.</summary>
public sealed class BatchCollectorTests
{
    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly Partition _partition = new(0, new RedisKeys("test", 0), string.Empty, 0);
    private int _events;

    [Fact]
    public void ABatch_BeginsAtItsSize()
    {
        var queue = NewQueue(size: 3);

        Accept(queue, 7);

        Begun(queue).Should().Equal("e1 e2 e3", "e4 e5 e6");
    }

    [Fact]
    public void ABatch_BeginsWhenItsFirstEventHasWaited()
    {
        var queue = NewQueue(size: 100, wait: TimeSpan.FromSeconds(1));
        Accept(queue, 1);
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Accept(queue, 1);

        _clock.Advance(TimeSpan.FromMilliseconds(399));
        Begun(queue).Should().BeEmpty();
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Begun(queue).Should().Equal("e1 e2");
    }

    // The wait of a batch that began by its size is not that of the next one.
    [Fact]
    public void TheNextBatch_WaitsForItself()
    {
        var queue = NewQueue(size: 2, wait: TimeSpan.FromSeconds(1));
        Accept(queue, 2);
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Accept(queue, 1);

        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Begun(queue).Should().Equal("e1 e2");
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Begun(queue).Should().Equal("e3");
    }

    [Fact]
    public void ABatch_BeginsAtOneMebibyte()
    {
        var queue = NewQueue(size: 100);

        Accept(queue, NewLease(bytes: 600_000));
        Accept(queue, NewLease(bytes: BatchCollector.MaxBytes - 600_001));
        Begun(queue).Should().BeEmpty();
        Accept(queue, NewLease(bytes: 1));

        Begun(queue).Should().Equal("e1 e2 e3");
    }

    [Fact]
    public void ABatch_BeginsWhenDrainingBegins_AndNoFurtherOneIsGathered()
    {
        var queue = NewQueue(size: 100);
        Accept(queue, 2);

        queue.CloseBatches();
        Begun(queue).Should().Equal("e1 e2");
        Accept(queue, 1);

        Begun(queue).Should().Equal("e3, by itself");
    }

    [Theory]
    [InlineData(3, 0, false)]
    [InlineData(4, 0, true)]
    [InlineData(2, 1, false)]
    [InlineData(3, 2, true)]
    public void AnEvent_IsAloneAfterThreeAttempts_AndAfterTwoCrashes(int attempt, int crashes, bool isAlone)
    {
        var queue = NewQueue(size: 2);
        Accept(queue, 1);

        Accept(queue, NewLease(attempt: attempt, crashes: crashes));
        Accept(queue, 1);

        Begun(queue).Should().Equal(isAlone ? ["e2", "e1 e3"] : ["e1 e2"]);
    }

    [Fact]
    public void AQuarantinedEvent_IsAlone()
    {
        var queue = NewQueue(size: 2);
        Accept(queue, 1);

        queue.Accept(new Lease(NewLease().Delivery, _partition, queue, renewed: 0) { IsQuarantined = true });

        Begun(queue).Should().Equal("e2");
    }

    [Fact]
    public void EventsOfOtherTypes_AndUnreadableOnes_AreNotGathered()
    {
        var queue = NewQueue(size: 2);
        var (other, unreadable) = (NewLease(type: "order.reminder"), NewLease());
        unreadable.Delivery.Unreadable = "Field 'at' is damaged.";

        Accept(queue, other);
        Accept(queue, unreadable);

        Begun(queue).Should().Equal("e1, by itself", "e2, by itself");
    }

    [Fact]
    public void ByKey_EachBatchHasItsKeyAndItsOwnWait()
    {
        var queue = NewQueue(size: 2, wait: TimeSpan.FromSeconds(1), isByKey: true);
        Accept(queue, NewLease(key: "a"));
        _clock.Advance(TimeSpan.FromMilliseconds(600));
        Accept(queue, NewLease(key: "b"));
        Accept(queue, NewLease(key: "a"));
        Begun(queue).Should().Equal("e1 e3");

        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Begun(queue).Should().BeEmpty("the wait of the batch before is not that of this one");
        Accept(queue, NewLease());
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Begun(queue).Should().Equal("e2");

        queue.CloseBatches();
        Begun(queue).Should().Equal("e4");
    }

    // There may be very many keys.
    [Fact]
    public void ByKey_WhenMuchIsGathered_TheOldestBegins()
    {
        var queue = NewQueue(size: 2, isByKey: true);

        for (var n = 1; n <= 21; n++)
        {
            Accept(queue, NewLease(key: $"key-{n}"));
        }

        Begun(queue).Should().Equal("e1", "e2");
    }

    // What waits behind it is claimed when it comes to a worker; until then, and afterwards, it may wait for more.
    [Fact]
    public void ByKeyInOrder_TheFirstOfAKey_ComesToAWorkerAtOnce_AndWaitsOnce()
    {
        var queue = NewQueue(size: 3, wait: TimeSpan.FromSeconds(1), isByKey: true, isInOrder: true);
        Accept(queue, NewLease(key: "a"));
        var batch = Leases(queue).Should().ContainSingle().Which.Batch!;
        var grown = batch with { Leases = [.. batch.Leases, NewLease(key: "a")] };

        batch.WaitsIn!.TryWait(grown).Should().BeTrue();
        queue.FinishBatch();
        Begun(queue).Should().BeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(1));

        var again = Leases(queue).Should().ContainSingle().Which.Batch!;
        again.Leases.Should().Equal(grown.Leases);
        (again.IsInOrder, again.WaitsIn).Should().Be((true, null));
        batch.WaitsIn.TryWait(grown with { Leases = [.. grown.Leases, NewLease(key: "a")] }).Should().BeFalse("it is full");
        queue.CloseBatches();
        batch.WaitsIn.TryWait(grown).Should().BeFalse("nothing is gathered any more");
    }

    [Fact]
    public void ByKeyInOrder_WhatHasNoKey_IsGathered_AndWhatMustBeAlone_IsAlone()
    {
        var queue = NewQueue(size: 2, isByKey: true, isInOrder: true);

        Accept(queue, NewLease());
        Accept(queue, NewLease(attempt: 4, key: "a"));
        Accept(queue, NewLease());

        Leases(queue).Select(static lease => (lease.Batch!.Leases.Count, lease.Batch.IsInOrder)).Should().Equal((1, false), (2, false));
    }

    // Whatever the host's clock does, no event waits for ever.
    [Fact]
    public void WithAClockThatThrows_ABatchBeginsAtOnce()
    {
        var queue = NewQueue(size: 100, clock: new ThrowingClock());

        Accept(queue, 2);

        Begun(queue).Should().Equal("e1", "e2");
    }

    [Fact]
    public void AGroupOfBatchesAlone_ClaimsWhatABatchHasRoomFor()
    {
        var queue = NewQueue(size: 100, concurrency: 1);

        queue.ReserveWorkers(_partition).Should().Be(101);
    }

    // Others may be claimed instead, which the workers could not begin.
    [Fact]
    public void AGroupWithOtherHandlersToo_ClaimsAsManyAsItHasWorkers()
    {
        var queue = NewQueue(size: 100, concurrency: 4, isExclusive: false);

        queue.ReserveWorkers(_partition).Should().Be(4);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatABatchGathers_TakesNoWorker(bool isExclusive)
    {
        var queue = NewQueue(size: 100, concurrency: 1, isExclusive: isExclusive);

        for (var n = 0; n < 99; n++)
        {
            var room = queue.ReserveWorkers(_partition);
            room.Should().BePositive($"{n} are gathered");
            queue.Accept(NewLease());
            queue.ReturnWorkers(room - 1);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ABatchThatHasBegun_TakesOneWorker(bool isExclusive)
    {
        var queue = NewQueue(size: 10, concurrency: 2, isExclusive: isExclusive);
        Claim(queue, 10);
        queue.HasRoomFor(_partition).Should().BeTrue("one worker is free");
        Claim(queue, 10);

        queue.HasRoomFor(_partition).Should().BeFalse("both workers have a batch");
        queue.FinishBatch();

        queue.HasRoomFor(_partition).Should().BeTrue();
    }

    [Fact]
    public void FinishBatch_WakesALoopThatLeftDeliveries()
    {
        var loop = new Signal(_clock, null!);
        var queue = NewQueue(size: 1, concurrency: 1, loop: loop);
        Claim(queue, 1);
        queue.NoteLeft(_partition, ready: 1, quarantined: 0).Should().BeFalse();

        queue.FinishBatch();

        loop.WaitAsync(TimeSpan.FromHours(1), CancellationToken.None).AsTask().IsCompleted.Should().BeTrue();
    }

    // It would hold a place of all processes' together for as long as it waits.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatIsGathered_BeginsWhenNothingIsHandledAnyMore(bool isInOrder)
    {
        var queue = NewQueue(size: 100, isByKey: isInOrder, isInOrder: isInOrder);
        if (isInOrder)
        {
            queue.ReserveWorkers(_partition, most: 1).Should().Be(1);
            Accept(queue, NewLease(key: "a"));
            var first = Leases(queue).Single().Batch!;
            first.WaitsIn!.TryWait(first).Should().BeTrue();
            queue.FinishBatch(hasEnded: false);
        }
        else
        {
            Claim(queue, 2);
        }

        queue.Resize(0);
        queue.Adapt();

        Leases(queue).Single().Batch!.Leases.Should().HaveCount(isInOrder ? 1 : 2);
        queue.Claimed.Should().Be(1);
    }

    [Fact]
    public void ABatchByKeyInOrder_DoesNotWait_WhenNothingIsHandledAnyMore()
    {
        var queue = NewQueue(size: 100, isByKey: true, isInOrder: true);
        Accept(queue, NewLease(key: "a"));
        var batch = Leases(queue).Single().Batch!;
        queue.Resize(0);
        queue.Adapt();

        batch.WaitsIn!.TryWait(batch).Should().BeFalse();
    }

    private static Lease[] Leases(DeliveryQueue queue)
    {
        var leases = new List<Lease>();
        while (queue.TryTake(out var lease))
        {
            leases.Add(lease);
        }

        return [.. leases];
    }

    // What has begun since it was asked last.
    private static string[] Begun(DeliveryQueue queue) =>
    [
        .. Leases(queue).Select(static lease => lease.Batch is { } batch
            ? string.Join(' ', batch.Leases.Select(static one => one.Delivery.Id)) : $"{lease.Delivery.Id}, by itself"),
    ];

    private DeliveryQueue NewQueue(
        int size, TimeSpan? wait = null, int concurrency = 32, bool isExclusive = true, TimeProvider? clock = null, Signal? loop = null,
        bool isByKey = false, bool isInOrder = false)
    {
        var limits = new BatchOptions { MaxSize = size, MaxWait = wait ?? TimeSpan.FromMinutes(10), ByKey = isByKey };
        var handler = new BatchHandler("handler", new DelegateBatchHandler<OrderPlaced>(static (_, _) => default, type: null, limits));
        var table = new BatchTable(new Dictionary<string, BatchHandler> { ["order.placed"] = handler }, isExclusive, isInOrder);
        return new DeliveryQueue(
            "default", concurrency, loops: loop is null ? null : [loop], batches: table, timeProvider: clock ?? _clock);
    }

    private Lease NewLease(int bytes = 2, int attempt = 1, int crashes = 0, string type = "order.placed",
        string? key = null) => new(
        new Delivery
        {
            Group = "default", Id = $"e{++_events}", Fence = attempt, Attempt = attempt, Crashes = crashes, Type = type,
            Json = new byte[bytes], Key = key,
        },
        _partition, new DeliveryQueue("default", concurrency: 1), renewed: 0);

    private void Accept(DeliveryQueue queue, int events)
    {
        for (; events > 0; events--)
        {
            Accept(queue, NewLease());
        }
    }

    private static void Accept(DeliveryQueue queue, Lease lease) => queue.Accept(lease);

    // As a claim does: it reserves, takes, and gives the rest back.
    private void Claim(DeliveryQueue queue, int events)
    {
        while (events > 0)
        {
            var room = queue.ReserveWorkers(_partition);
            room.Should().BePositive();
            var taken = Math.Min(room, events);
            Accept(queue, taken);
            queue.ReturnWorkers(room - taken);
            events -= taken;
        }
    }

    private sealed class ThrowingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException("No clock.");
    }
}
