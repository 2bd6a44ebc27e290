using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>What a process obeys of what its partitions tell.</summary>
public sealed class ConcurrencyControlTests
{
    private const string Set = "90 1795456123456 ada";

    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly DeliveryQueue _queue = new("mail", concurrency: 4, partitions: 3);
    private readonly ConcurrencyControl _control;

    public ConcurrencyControlTests() => _control = new ConcurrencyControl(_queue, partitions: 3, _clock, NullLogger.Instance);

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
            _control.Note(partition, stored, share).Should().Be(before != obeyed, $"{partition} tells '{stored}' and {share}");
            _queue.Concurrency.Should().Be(obeyed, $"{partition} tells '{stored}' and {share}");
        }
    }

    [Fact]
    [Trait("Fault", "181")]
    public void APartitionThatIsAwayForLong_HasNoSay_UnlessItIsTheOnlyOne()
    {
        _control.Note(0, Set, 2);
        _control.Note(1, Set, 5);

        _clock.Advance(PresenceLoop.Silence);
        _control.Note(1, Set, 5);
        _queue.Concurrency.Should().Be(2, "it may be back soon");
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _control.Note(1, Set, 5);
        _queue.Concurrency.Should().Be(5);
        _clock.Advance(TimeSpan.FromHours(1));
        _queue.Concurrency.Should().Be(5, "nothing else was told");
        _control.Note(0, Set, 3);
        _queue.Concurrency.Should().Be(3);
    }

    [Fact]
    public void WhatItMayBeHandling_IsNothingAtFirst_AndNeverLessThanWhatIsClaimed()
    {
        _control.Held.Should().Be(0, "it claims nothing before it was told something");
        _control.Note(0, string.Empty, 0);
        _control.Held.Should().Be(4);
        _control.Note(0, Set, 7);
        _control.Held.Should().Be(7);
        _control.Note(0, Set, 0);
        _control.Held.Should().Be(0);

        _queue.Overdraw();

        _control.Held.Should().Be(1, "what was claimed before is handled one by one");
        _queue.Finish();
        _control.Held.Should().Be(0);
    }
}
