using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>Forgets what is older than its retention in one partition, at a low rate.</summary>
/// <param name="keyspace">The keys.</param>
/// <param name="partition">Where.</param>
/// <param name="groups">The groups of this consumer.</param>
/// <param name="logger">Logs keys that go on because of that.</param>
/// <param name="hasOperations">Called when a bulk operation runs.</param>
internal sealed class SweepDuty(
    Keyspace keyspace, Partition partition, IReadOnlyList<string> groups, ILogger logger, Action? hasOperations = null)
{
    // Long enough that no call sent through a lane can still arrive.
    private static readonly TimeSpan IdleLane = TimeSpan.FromDays(1);

    // The most that a script forgets of one index; less means that the index is done.
    private const int FullPage = 200;
    private const int MaxRounds = 50;

    private string _cursor = "0";

    /// <returns>The groups that have parked deliveries.</returns>
    public async ValueTask<IReadOnlyList<string>> RunOnceAsync()
    {
        SweepReply reply;
        var round = 0;
        do
        {
            reply = await SweepAsync().ConfigureAwait(false);
            round++;
        }
        while (reply.Forgotten >= FullPage && round < MaxRounds);
        if (reply.HasOperations)
        {
            hasOperations?.Invoke();
        }

        return reply.Parked;
    }

    private async ValueTask<SweepReply> SweepAsync()
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
        foreach (var one in reply.LetGo)
        {
            // Another program may have written there.
            if (one.Split(' ') is [var group, var key, var id])
            {
                logger.HeldLetterForgotten(Excerpt.Of(key), Excerpt.Of(group), Excerpt.Of(id));
            }
        }

        return reply;
    }
}
