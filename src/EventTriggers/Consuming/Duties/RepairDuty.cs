using System.Diagnostics;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Looks through the keys of one partition, at a low rate, for what no index holds, and puts it back. The processes that share the
/// partition do it together.
/// </summary>
internal sealed class RepairDuty(Keyspace keyspace, Partition partition, ILogger logger, RepairPace? pace = null)
{
    private const int LongestKey = 500;

    // A call of a few milliseconds where all of them are events.
    private const int Page = 200;

    // In how many calls one round ends of those that could not be put into their index.
    private const int MostStrayCalls = 50;

    // Repairs of this many pages are logged in one line.
    private const int PagesALine = 50;

    private readonly RepairPace _pace = pace ?? RepairPace.Default;

    // Keys of another type than they must have that were logged.
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);

    private TimeSpan _took = TimeSpan.FromMilliseconds(1);
    private int _unreported;
    private int _pages;

    /// <summary>Gets a value indicating whether its last page was the last of the keys.</summary>
    public bool IsThrough { get; private set; }

    /// <summary>Gets how many keys it has looked at.</summary>
    public long Seen { get; private set; }

    /// <summary>
    /// Gets when the next page is due, if it is this process that goes on; null after a round, and while another process is at it.
    /// </summary>
    public TimeSpan? Next { get; private set; }

    /// <summary>Looks at the next keys, if that is due, and at what could not be put into its index.</summary>
    /// <returns>How much was repaired.</returns>
    public async ValueTask<int> RunOnceAsync()
    {
        Next = null;
        var sent = Stopwatch.GetTimestamp();
        var reply = await CallAsync(Page).ConfigureAwait(false);
        IsThrough = reply.IsThrough;
        if (reply.Seen is { } seen)
        {
            (_took, _pages, Seen) = (Stopwatch.GetElapsedTime(sent), _pages + 1, Seen + seen);
            Next = IsThrough ? null : reply.Wait;
        }

        var repaired = reply.Repaired;
        for (var call = 1; call < MostStrayCalls && reply.Strays == RepairRequest.StraysACall; call++)
        {
            reply = await CallAsync(0).ConfigureAwait(false);
            repaired += reply.Repaired;
        }

        Tell(reply.ForeignKeys);
        _unreported += repaired;
        if (_unreported > 0 && (Next is null || _pages >= PagesALine))
        {
            logger.IndexesRepaired(_unreported, partition.Index);
            _unreported = 0;
        }

        _pages %= PagesALine;
        return repaired;
    }

    private ValueTask<RepairReply> CallAsync(int page) => keyspace.Scripts.RunAsync(new RepairRequest
    {
        Partition = partition,
        Now = keyspace.PinnedNow,
        LeaseDuration = keyspace.Options.LeaseDuration,
        Count = page,
        CanScan = keyspace.GateOf(partition).Probe.CanScan,
        Factor = _pace.Factor,
        Least = _pace.Least,
        Rest = _pace.Rest,
        Took = _took,
    });

    // Once, when it begins.
    private void Tell(IReadOnlyDictionary<string, string> foreign)
    {
        foreach (var (key, type) in foreign.Where(one => _foreign.Add(one.Key)))
        {
            logger.KeyHasWrongType(Excerpt.Of(key, LongestKey), type);
        }

        _foreign.IntersectWith(foreign.Keys);
    }
}
