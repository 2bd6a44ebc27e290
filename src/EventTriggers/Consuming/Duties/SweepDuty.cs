using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>Forgets what is older than its retention in one partition, at a low rate.</summary>
internal sealed class SweepDuty(Keyspace keyspace, Partition partition, IReadOnlyList<ConsumerGroup> groups)
{
    // Long enough that no call sent through a lane can still arrive.
    private static readonly TimeSpan IdleLane = TimeSpan.FromDays(1);

    // What a script forgets of one index at most; less means that it is done with it.
    private const int FullPage = 200;
    private const int MostRounds = 50;

    private readonly RedisKey[] _keys =
    [
        partition.Keys.Root, partition.Keys.Lanes, partition.Keys.Triggers, partition.Keys.EndedTriggers,
        .. groups.Select(group => partition.Keys.Of(group.Name)).SelectMany(static keys => (RedisKey[])[keys.Done, keys.Dead, keys.Ended, keys.Waiting]),
    ];

    private string _cursor = "0";

    public async ValueTask RunOnceAsync()
    {
        for (var round = 0; round < MostRounds; round++)
        {
            if (await SweepAsync().ConfigureAwait(false) < FullPage)
            {
                break;
            }
        }
    }

    private async ValueTask<int> SweepAsync()
    {
        var reply = await keyspace.Scripts.RunForWordsAsync(Script.Sweep, _keys, (RedisValue[])
        [
            keyspace.PinnedNow, .. keyspace.ProcessedRetention, .. keyspace.DeadLetterRetention,
            (long)IdleLane.TotalMilliseconds, _cursor,
        ]).ConfigureAwait(false);
        _cursor = reply[0];
        return int.Parse(reply[1], CultureInfo.InvariantCulture);
    }
}
