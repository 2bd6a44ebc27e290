using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>What a process obeys of what its partitions tell.</summary>
public sealed class ConcurrencyControlTests
{
    private const string Set = "90 1795456123456 ada";

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly DeliveryQueue _queue = new("mail", concurrency: 4, partitions: 3);
    private readonly ConcurrencyControl _control;

    // What it says where nobody has told it anything.
    private int Held => _control.Report(2).Held;

    public ConcurrencyControlTests() => _control = new ConcurrencyControl(_queue, partitions: 3, Lasts, _clock, NullLogger.Instance);

    // Each step: a partition, what it tells, and how many deliveries are handled at a time from then on.
    [Fact]
    public void TheSmallestShareThatAPartitionTells_IsObeyed()
    {
        (int Partition, string Stored, int Share, int Obeyed)[] steps =
        [
            (0, string.Empty, 0, 4), (0, Set, 8, 8), (1, Set, 8, 8), (2, Set, 2, 2), (1, Set, 0, 0), (1, Set, 12, 2),
            (2, Set, 9, 8), (1, string.Empty, 0, 8), (0, "none", 3, 9), (2, Set, 90_000, 10_000), (2, string.Empty, 0, 4),
        ];

        foreach (var (partition, stored, share, obeyed) in steps)
        {
            var before = _queue.Concurrency;
            Note(partition, stored, share).Should().Be(before != obeyed, $"{partition} tells '{stored}' and {share}");
            _queue.Concurrency.Should().Be(obeyed, $"{partition} tells '{stored}' and {share}");
        }
    }

    [Fact]
    [Trait("Fault", "181")]
    public void WhatAPartitionHasTold_CountsForAWhile_AndIfNoneHasToldAnything_NothingIsClaimed()
    {
        Note(0, Set, 2);
        Note(1, Set, 5);

        _clock.Advance(Lasts);
        Note(1, Set, 5);
        _queue.Concurrency.Should().Be(2, "it may be back soon");
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _control.Review().Should().BeTrue();
        _queue.Concurrency.Should().Be(5);
        _clock.Advance(Lasts);
        _control.Review().Should().BeTrue();
        (_queue.Concurrency, Held, _control.IsSet).Should().Be((0, 0, true));
        _control.Review().Should().BeFalse();
        Note(0, Set, 3);
        _queue.Concurrency.Should().Be(3);
        _clock.Advance(2 * Lasts);
        Note(1, string.Empty, 0);
        (_queue.Concurrency, _control.IsSet).Should().Be((4, false), "it was reset");
        _clock.Advance(2 * Lasts);
        _control.Review().Should().BeFalse();
    }

    // The time counts from the question: the server may have answered at once.
    [Fact]
    public void WhatWasAskedLongAgo_CountsForNothing()
    {
        var asked = _clock.GetTimestamp();
        Note(1, Set, 5);
        _clock.Advance(Lasts + TimeSpan.FromMilliseconds(1));

        _control.Note(0, asked, Set, 3);

        _queue.Concurrency.Should().Be(0);
    }

    [Fact]
    public void OneThatStops_HoldsNoMoreThanIsClaimed()
    {
        Note(0, Set, 7);
        _queue.ReserveWorkers(new Partition(0, new RedisKeys("test", 0), string.Empty, 0), most: 3).Should().Be(3);

        _control.Stop();

        Held.Should().Be(3);
        _queue.Finish();
        Held.Should().Be(2);
    }

    [Fact]
    public void WhatItMayBeHandling_IsNothingAtFirst_AndNeverLessThanWhatIsClaimed()
    {
        Held.Should().Be(0, "it claims nothing before it was told something");
        Note(0, string.Empty, 0);
        Held.Should().Be(4);
        Note(0, Set, 7);
        Held.Should().Be(7);
        Note(0, Set, 0);
        Held.Should().Be(0);

        _queue.Overdraw();

        Held.Should().Be(1, "what was claimed before is handled one by one");
        _queue.Finish();
        Held.Should().Be(0);
    }

    // While the report is on its way, another partition may tell a larger share; but others may have what the report does not say.
    [Fact]
    public void WhatAReportDoesNotSay_CountsForNothing_WhateverThePartitionHadTold()
    {
        Note(0, Set, 8);
        Note(1, Set, 3);
        _control.Report(0).Should().Be((3, 3));

        Note(1, Set, 6);

        _queue.Concurrency.Should().Be(3);
        Note(0, Set, 7);
        _queue.Concurrency.Should().Be(6);
    }

    [Fact]
    [Trait("Fault", "184")]
    public void AReportOfAProcessThatWasSuspended_SaysNoMoreThanItHandles()
    {
        Note(0, Set, 8);
        _queue.Overdraw();

        _clock.Advance(Lasts + TimeSpan.FromMilliseconds(1));

        _control.Report(0).Should().Be((1, 0));
    }

    // It is told of what it gives up.
    [Fact]
    public void ANumberThatIsSetWhileItStops_IsKnown_AndChangesNothing()
    {
        Note(0, string.Empty, 0);
        _control.Stop();

        Note(0, Set, 1);

        (_control.IsSet, _queue.Concurrency, _control.Wanted).Should().Be((true, 4, 0));
    }

    // More is claimed than is handled at a time where handlers are quick: each claim looks, and must leave that where it is.
    [Fact]
    public async Task ALookThatFindsNothingNew_LeavesWhatIsClaimedAhead()
    {
        var goesOn = new TaskCompletionSource();
        var queue = new DeliveryQueue("mail", concurrency: 4, run: async _ => await goesOn.Task);
        var control = new ConcurrencyControl(queue, partitions: 1, Lasts, _clock, NullLogger.Instance);
        control.Note(0, _clock.GetTimestamp(), Set, 1);
        var partition = new Partition(0, new RedisKeys("test", 0), string.Empty, 0);
        Lease[] leases =
        [
            .. Enumerable.Range(0, 3).Select(n =>
                new Lease(new Delivery { Group = "mail", Id = $"e{n}", Fence = 1, Attempt = 1 }, partition, queue, renewed: 0)),
        ];
        Array.ForEach(leases, lease =>
        {
            queue.Overdraw();
            queue.Accept(lease);
        });
        await Wait.UntilAsync(() => queue.BusyWorkers == 1, "the first one is handled");

        control.Review().Should().BeFalse();
        leases.Should().NotContain(static lease => lease.IsGivenBack);
        control.Note(0, _clock.GetTimestamp(), Set, 1);

        leases.Count(static lease => lease.IsGivenBack).Should().Be(2, "a report gives it back");
        goesOn.SetResult();
        await Wait.ForAsync(queue.CloseAsync());
    }

    private bool Note(int partition, string stored, int share) => _control.Note(partition, _clock.GetTimestamp(), stored, share);
}
