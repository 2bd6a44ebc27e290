using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Fires the due triggers of one partition.</summary>
internal sealed class AdvanceDuty(Keyspace keyspace, Partition partition, ILogger logger)
{
    // A trigger costs the server about 25 µs: so many keep it from others for little more than a millisecond.
    private const int Batch = 50;

    /// <summary>Fires a bounded number of due triggers.</summary>
    /// <returns>When the next one is due, in ms by the clock of Redis, or −1.</returns>
    public async ValueTask<long> RunOnceAsync()
    {
        var reply = await keyspace.Scripts.RunForWordsAsync(
            Script.Advance,
            (RedisKey[])[partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers],
            (RedisValue[])[keyspace.PinnedNow, partition.ServerChannel, Batch, .. keyspace.ProcessedRetention]).ConfigureAwait(false);

        if (long.Parse(reply[0], CultureInfo.InvariantCulture) is var fired and > 0)
        {
            logger.TriggersFired(fired, partition.Index);
        }

        return long.Parse(reply[1], CultureInfo.InvariantCulture);
    }
}
