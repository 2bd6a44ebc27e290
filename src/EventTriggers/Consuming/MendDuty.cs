using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Looks through the keys of one partition, at a low rate, for what no index holds, and puts it back.</summary>
internal sealed class MendDuty(Keyspace keyspace, Partition partition, ILogger logger)
{
    // About 10 000 keys a round, in calls of less than a millisecond.
    private const int MostPages = 50;
    private const int Page = 200;

    private readonly RedisKey[] _keys = [partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers];

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
            if (IsThrough)
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
}
