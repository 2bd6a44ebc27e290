using EventTriggers.Consuming;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Consuming;

/// <summary>Which clock partitions are told, so that all of them let the same process have its turn.</summary>
public sealed class TurnClockTests
{
    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly TurnClock _turns;

    public TurnClockTests() => _turns = new TurnClock(partitions: 3, TimeSpan.FromSeconds(15), _clock);

    [Fact]
    public void APartition_IsToldTheTimeOfTheLowestOneThatWasHeardLately()
    {
        Told().Should().Equal(-1, -1, -1);
        _turns.Note(1, 70_000);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Told().Should().Equal(-1, -1, 75_000);

        _turns.Note(0, 1_000);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Told().Should().Equal(-1, 11_000, 11_000);
        _turns.Note(1, 85_000);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Told().Should().Equal(-1, 16_000, 16_000);

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Told().Should().Equal(-1, -1, 90_001);
    }

    // -1 stands for its own.
    private long[] Told() => [_turns.For(0) ?? -1, _turns.For(1) ?? -1, _turns.For(2) ?? -1];
}
