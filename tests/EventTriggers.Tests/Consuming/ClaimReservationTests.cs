using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>The slots that a claim reserves, and when it gives them back.</summary>
public sealed class ClaimReservationTests
{
    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly Signal _loop = new(Clock.At2030(), null!);
    private readonly Partition _partition = new(0, new RedisKeys("test", 0), string.Empty, 0);
    private readonly DeliveryQueue _queue;
    private readonly ClaimReservation _reservation;

    public ClaimReservationTests()
    {
        _queue = new DeliveryQueue("default", concurrency: 4, loops: [_loop]);
        _reservation = new ClaimReservation(_queue, _partition, _clock);
    }

    // The clock is the host's, and may throw for a while: then no slot stays taken.
    [Fact]
    public void AClockThatThrows_KeepsNoSlots()
    {
        var clock = new ThrowingClock();
        var reservation = new ClaimReservation(_queue, _partition, clock);

        clock.IsBroken = true;
        var begin = () => reservation.Begin();
        begin.Should().Throw<InvalidOperationException>();
        reservation.Return();
        clock.IsBroken = false;
        var first = reservation.Begin();
        reservation.Received();
        clock.IsBroken = true;
        reservation.Return();
        clock.IsBroken = false;
        var second = reservation.Begin();

        first.Should().Be(new ClaimSlots(4, true));
        second.Should().Be(first);
    }

    // A late timer returns the slots while the loop goes on: the quarantine slot, which is returned first, wakes the loop, and that begins
    // its next claim before the workers are returned. The loop runs right here, so it is always in time.
    [Fact]
    public async Task Return_WhileTheNextClaimBegins_LeavesThatItsSlots()
    {
        _reservation.Begin().Should().Be(new ClaimSlots(4, true));
        _reservation.Received();
        _queue.NoteLeft(_partition, ready: 0, quarantined: 1);
        Take(3);
        var next = BeginWhenWokenAsync();

        _reservation.Return();

        next.IsCompleted.Should().BeTrue("the loop is woken in the middle of the return");
        (await next).Should().Be(new ClaimSlots(2, true));
        _reservation.IsReturned.Should().BeFalse();
        (_queue.ReserveWorkers(_partition), _queue.HasQuarantineSlot).Should().Be((1, false), "the first claim had one worker left");
        Take(2);

        async Task<ClaimSlots> BeginWhenWokenAsync()
        {
            await _loop.WaitAsync(TimeSpan.FromHours(1), CancellationToken.None).ConfigureAwait(false);
            _queue.Finish();
            _queue.Finish();
            return _reservation.Begin();
        }
    }

    // The timer of the claim before, which was answered meanwhile.
    [Fact]
    public void Return_OfATimerThatIsLate_LeavesTheNextClaimItsSlots()
    {
        var late = TimeSpan.FromMilliseconds(100);
        _reservation.Begin();
        _clock.Advance(late);
        _reservation.Received();
        _reservation.Return();
        _reservation.Begin().Should().Be(new ClaimSlots(4, true));
        _clock.Advance(0.9 * late);

        _reservation.Return(late);

        (_reservation.IsReturned, _queue.HasQuarantineSlot).Should().Be((false, false));
        _clock.Advance(0.1 * late);
        _reservation.Return(late);
        (_reservation.IsReturned, _queue.HasQuarantineSlot).Should().Be((true, true));
    }

    // Where many partitions are away together, their claims would have all slots of the others.
    [Fact]
    public void Begin_AfterAClaimThatWasNotAnswered_ReservesOneSlot_UntilOneIs()
    {
        _reservation.Begin().Should().Be(new ClaimSlots(4, true));
        _reservation.Return();

        _reservation.Begin().Should().Be(new ClaimSlots(1, true));
        _reservation.Return();
        _reservation.Begin().Should().Be(new ClaimSlots(1, true));
        _reservation.Received();
        _reservation.Return();
        _reservation.Begin().Should().Be(new ClaimSlots(4, true));
    }

    [Fact]
    public void Begin_WithoutAFreeWorker_LeavesTheQuarantineSlotToOthers()
    {
        _queue.ReserveWorkers(_partition);

        _reservation.Begin().Should().Be(new ClaimSlots(0, false));

        _queue.HasQuarantineSlot.Should().BeTrue();
    }

    [Fact]
    public void Begin_OfAClaimThatTakesNothing_ReservesNothing()
    {
        _reservation.Begin(most: 0).Should().Be(new ClaimSlots(0, false));

        (_queue.ReserveWorkers(_partition), _queue.HasQuarantineSlot).Should().Be((4, true));
    }

    [Fact]
    public void Return_AfterAQuarantinedDeliveryWasTaken_LeavesItTheSlot()
    {
        _reservation.Begin();
        _reservation.Take(isQuarantined: false).Should().BeTrue();
        _reservation.Take(isQuarantined: true).Should().BeTrue();

        _reservation.Return();

        (_reservation.IsReturned, _queue.HasQuarantineSlot).Should().Be((true, false));
    }

    private void Take(int count)
    {
        for (; count > 0; count--)
        {
            _reservation.Take(isQuarantined: false).Should().BeTrue();
        }
    }

    private sealed class ThrowingClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override long GetTimestamp() => IsBroken ? throw new InvalidOperationException("no time") : System.GetTimestamp();
    }
}
