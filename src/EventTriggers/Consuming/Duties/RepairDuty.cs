using System.Diagnostics;
using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Looks through the keys of one partition, at a low rate, for what no index holds, and puts it back. The processes that share the partition do it together.</summary>
internal sealed class RepairDuty(Keyspace keyspace, Partition partition, ILogger logger, RepairPace? pace = null)
{
    private const int LongestKey = 500;

    // A call of a few milliseconds where all of them are events.
    private const int Page = 200;

    // How many of those that could not be put into their index a call looks at, and in how many calls one round of them ends.
    private const int Strays = 100;
    private const int MostStrayCalls = 50;

    // What is mended during so many pages is told in one line.
    private const int PagesALine = 50;

    // What the reply of mend.lua begins with.
    private const int Counts = 5;

    private readonly RepairPace _pace = pace ?? RepairPace.Default;
    private readonly RedisKey[] _keys = [partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers, partition.Keys.Mending];

    // Keys that hold something else than they must, as far as it was told.
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);

    private TimeSpan _took = TimeSpan.FromMilliseconds(1);
    private int _untold;
    private int _pages;

    /// <summary>Gets a value indicating whether its last page was the last of the keys.</summary>
    public bool IsThrough { get; private set; }

    /// <summary>Gets how many keys it has looked at.</summary>
    public long Seen { get; private set; }

    /// <summary>Gets when the next page is due, if it is this process that goes on; null after a round, and while another process is at it.</summary>
    public TimeSpan? Next { get; private set; }

    /// <summary>Looks at the next keys, if that is due, and at what could not be put into its index.</summary>
    /// <returns>How much was mended.</returns>
    public async ValueTask<int> RunOnceAsync()
    {
        Next = null;
        var sent = Stopwatch.GetTimestamp();
        var reply = await CallAsync(Page).ConfigureAwait(false);
        var (wait, seen) = (long.Parse(reply[0], CultureInfo.InvariantCulture), int.Parse(reply[1], CultureInfo.InvariantCulture));
        IsThrough = reply[2] == "1";
        if (seen >= 0)
        {
            (_took, _pages, Seen) = (Stopwatch.GetElapsedTime(sent), _pages + 1, Seen + seen);
            Next = IsThrough ? null : TimeSpan.FromMilliseconds(wait);
        }

        var mended = MendedBy(reply);
        for (var call = 1; call < MostStrayCalls && int.Parse(reply[4], CultureInfo.InvariantCulture) == Strays; call++)
        {
            reply = await CallAsync(0).ConfigureAwait(false);
            mended += MendedBy(reply);
        }

        Tell(reply[Counts..]);
        _untold += mended;
        if (_untold > 0 && (Next is null || _pages >= PagesALine))
        {
            logger.Mended(_untold, partition.Index);
            _untold = 0;
        }

        _pages %= PagesALine;
        return mended;
    }

    private static int MendedBy(string[] reply) => int.Parse(reply[3], CultureInfo.InvariantCulture);

    private ValueTask<string[]> CallAsync(int page) => keyspace.Scripts.RunForWordsAsync(Script.Mend, _keys, (RedisValue[])
    [
        keyspace.PinnedNow, partition.ServerChannel, (long)keyspace.Options.LeaseDuration.TotalMilliseconds, page,
        keyspace.GateOf(partition).Probe.CanScan ? "1" : RedisValue.EmptyString,
        _pace.Factor, (long)_pace.Least.TotalMilliseconds, (long)_pace.Rest.TotalMilliseconds, (long)_took.TotalMicroseconds,
    ]);

    // Once, when it begins.
    private void Tell(string[] foreign)
    {
        var now = foreign.Chunk(2).ToDictionary(static one => one[0], static one => one[1], StringComparer.Ordinal);
        foreach (var (key, type) in now.Where(one => _foreign.Add(one.Key)))
        {
            logger.KeyForeign(Excerpt.Of(key, LongestKey), type);
        }

        _foreign.IntersectWith(now.Keys);
    }
}
