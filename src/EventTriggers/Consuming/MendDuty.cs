using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Looks through the keys of one partition, at a low rate, for what no index holds, and puts it back.</summary>
internal sealed class MendDuty(Keyspace keyspace, Partition partition, ILogger logger)
{
    // About 10 000 keys a round, in calls of less than a millisecond.
    private const int MostPages = 50;
    private const int LongestKey = 500;
    private const int Page = 200;

    // How many of those that could not be put into their index a call looks at.
    private const int Strays = 100;

    // What the reply of mend.lua begins with.
    private const int Counts = 4;

    private readonly RedisKey[] _keys = [partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers];

    // Keys that hold something else than they must, as far as it was told.
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);

    private string _key = "0";
    private string _trigger = "0";

    /// <summary>Gets a value indicating whether its last round came to the end of the keys.</summary>
    public bool IsThrough => _key == "0";

    /// <summary>Looks at the next keys.</summary>
    /// <returns>How much was mended.</returns>
    public async ValueTask<int> RunOnceAsync()
    {
        var mended = 0;
        var canScan = keyspace.GateOf(partition).Probe.CanScan;
        for (var page = 0; page < MostPages; page++)
        {
            var reply = await keyspace.Scripts.RunForWordsAsync(Script.Mend, _keys, (RedisValue[])
            [
                keyspace.PinnedNow, partition.ServerChannel, (long)keyspace.Options.LeaseDuration.TotalMilliseconds, Page,
                canScan ? _key : RedisValue.EmptyString, _trigger,
            ]).ConfigureAwait(false);
            (_key, _trigger) = (reply[0], reply[1]);
            mended += int.Parse(reply[2], CultureInfo.InvariantCulture);
            Tell(reply[Counts..]);
            if (IsThrough && int.Parse(reply[3], CultureInfo.InvariantCulture) < Strays)
            {
                break;
            }
        }

        if (mended > 0)
        {
            logger.Mended(mended, partition.Index);
        }

        return mended;
    }

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
