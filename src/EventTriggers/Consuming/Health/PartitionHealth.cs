using EventTriggers.Consuming.Duties;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Health;

/// <summary>What the loop of one partition notes about itself, for <see cref="PartitionStatus"/>.</summary>
internal sealed class PartitionHealth(TimeProvider timeProvider)
{
    private readonly TimeMark _round = new(timeProvider);
    private readonly TimeMark _claim = new(timeProvider);
    private readonly TimeMark _clockJump = new(timeProvider);
    private readonly TimeMark _dataLoss = new(timeProvider);
    private long _jumpTicks;
    private volatile Exception? _failure;
    private volatile WakeListener? _wakes;
    private volatile DeclareDuty? _declare;

    /// <summary>Gets the declared triggers of the partition that could not be stored.</summary>
    public IEnumerable<string> UndeclaredTriggers => _declare?.Failed ?? [];

    public void NoteRound() => _round.Set();

    public void NoteClaim()
    {
        _claim.Set();

        // Written only after a failure: every claim of every partition comes here.
        if (_failure is not null)
        {
            _failure = null;
        }
    }

    public void NoteFailure(Exception failure) => _failure = failure;

    public void NoteDataLoss() => _dataLoss.Set();

    public void NoteClockJump(TimeSpan jump)
    {
        Volatile.Write(ref _jumpTicks, jump.Ticks);
        _clockJump.Set();
    }

    /// <summary>Says where the rest is known, while a session runs; <see langword="null"/> after it.</summary>
    public void Follow(WakeListener? wakes, DeclareDuty? declare) => (_wakes, _declare) = (wakes, declare);

    public PartitionStatus Read(Partition partition, ServerProbe probe)
    {
        var sinceJump = _clockJump.Age;
        return new PartitionStatus
        {
            Index = partition.Index,
            SinceLastRound = _round.Age,
            SinceLastClaim = _claim.Age,
            Failure = _failure,
            IsPolling = _wakes is { IsUp: false },
            EvictionPolicy = probe.EvictionPolicy,
            ClockJump = sinceJump is null ? null : TimeSpan.FromTicks(Volatile.Read(ref _jumpTicks)),
            SinceClockJump = sinceJump,
            SinceDataLoss = _dataLoss.Age,
        };
    }
}
