using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Duties;

/// <summary>Forgets what is older than its retention in one partition, at a low rate.</summary>
internal sealed class SweepDuty(Keyspace keyspace, Partition partition, IReadOnlyList<string> groups)
{
    // Long enough that no call sent through a lane can still arrive.
    private static readonly TimeSpan IdleLane = TimeSpan.FromDays(1);

    // The most that a script forgets of one index; less means that the index is done.
    private const int FullPage = 200;
    private const int MaxRounds = 50;

    private string _cursor = "0";

    public async ValueTask RunOnceAsync()
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            if (await SweepAsync().ConfigureAwait(false) < FullPage)
            {
                break;
            }
        }
    }

    private async ValueTask<int> SweepAsync()
    {
        var reply = await keyspace.Scripts.RunAsync(new SweepRequest
        {
            Partition = partition,
            Groups = groups,
            Now = keyspace.PinnedNow,
            ProcessedRetention = keyspace.EndedRetention,
            DeadLetterRetention = keyspace.DeadLetterRetention,
            LaneAge = IdleLane,
            Cursor = _cursor,
        }).ConfigureAwait(false);
        _cursor = reply.Cursor;
        return reply.Forgotten;
    }
}
