using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Looks after deliveries of the host's group, in one partition, that wait for a process which handles their type: where no live one does, for longer than
/// <see cref="RedisTriggersOptions.UnhandledTimeout"/>, they become dead letters.
/// </summary>
internal sealed class UnhandledDuty(Keyspace keyspace, Partition partition, ReportedTypes told, TimeProvider timeProvider, ILogger logger)
{
    // What a call looks at, and ends, at most.
    private const int Lanes = 100;
    private const int Limit = 200;
    private const int MostRounds = 50;

    // After an outage of the whole group the processes that handle a type may start after this one.
    private static readonly TimeSpan OthersMayStart = TimeSpan.FromMinutes(5);

    private readonly long _since = timeProvider.GetTimestamp();
    private readonly string _group = keyspace.Options.Group;
    private readonly TimeSpan _timeout = keyspace.Options.UnhandledTimeout;

    public async ValueTask RunOnceAsync()
    {
        var keys = partition.Keys.Of(_group);
        RedisKey[] all = [partition.Keys.Root, keys.Parked, keys.Dead, keys.Ended];
        var mayEnd = timeProvider.GetElapsedTime(_since) >= (_timeout < OthersMayStart ? _timeout : OthersMayStart);
        var timeout = mayEnd ? (RedisValue)(long)_timeout.TotalMilliseconds : RedisValue.EmptyString;
        var from = 0;
        for (var round = 0; from >= 0 && round < MostRounds; round++)
        {
            var reply = await keyspace.Scripts.RunForWordsAsync(
                Script.Unhandled, all, (RedisValue[])[keyspace.PinnedNow, _group, timeout, from, Lanes, Limit]).ConfigureAwait(false);
            from = int.Parse(reply[0], CultureInfo.InvariantCulture);
            foreach (var said in reply[1..].Chunk(4))
            {
                Tell(said[0], said[1], said[2], said[3]);
            }
        }
    }

    private void Tell(string word, string type, string count, string id)
    {
        if (!told.Add(type, word))
        {
            return;
        }

        if (word == "held")
        {
            logger.TypeUnhandled(_group, Excerpt.Of(type), count, partition.Index, _timeout);
        }
        else
        {
            logger.DeliveryUnwanted(id, Excerpt.Of(type), _group, _timeout);
        }
    }
}
