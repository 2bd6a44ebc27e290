using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>How much is claimed beyond the workers, by how quick handlers were.</summary>
[Trait("Fault", "105")]
public sealed class AdaptivePrefetchTests
{
    private readonly DeliveryQueue _queue = new("default", concurrency: 100);
    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly AdaptivePrefetch _prefetch;

    public AdaptivePrefetchTests() => _prefetch = new AdaptivePrefetch(_queue, _clock);

    [Theory]
    [InlineData(7, 7)]
    [InlineData(0, 0)]
    [InlineData(1000, 300)]
    public void WhatIsFinishedDuringAClaim_IsClaimedBeyondTheWorkers(int finished, int prefetch)
    {
        _prefetch.ClaimSent();
        Finish(finished, inMs: 2);
        _prefetch.ClaimReceived();

        _queue.Prefetch.Should().Be(prefetch);
    }

    // 40 deliveries were done in 10 ms, and then there were none: within the claim's 2 ms another 8 would have been.
    [Theory]
    [InlineData(10, 2, 8)]
    [InlineData(2, 1, 20)]
    [InlineData(100, 2, 0)]
    public void WorkersThatWaitedForTheClaim_WouldHaveGoneOnAsBefore(int workedMs, int claimMs, int prefetch)
    {
        Finish(40, workedMs);
        _prefetch.ClaimSent();
        _clock.Advance(TimeSpan.FromMilliseconds(claimMs));
        _prefetch.ClaimReceived();

        _queue.Prefetch.Should().Be(prefetch);
    }

    [Fact]
    public void OnlyTheLastRoundCounts()
    {
        Finish(40, inMs: 1);
        Claim();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Claim();

        _queue.Prefetch.Should().Be(0);
    }

    private void Claim()
    {
        _prefetch.ClaimSent();
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _prefetch.ClaimReceived();
    }

    private void Finish(int count, int inMs)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(inMs));
        for (; count > 0; count--)
        {
            _queue.Finish();
        }
    }
}
