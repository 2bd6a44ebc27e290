using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.RateLimits;

/// <summary>
/// Takes grants of all limits of a group, each in the partition that keeps it, and gives back what one of them grants in vain. What is not
/// given back because a server is away is lost: less begins than might, never more.
/// </summary>
internal sealed class GrantTaker(Keyspace keyspace, string group, IReadOnlyList<RateLimit> limits, TimeProvider timeProvider)
{
    private readonly (RateLimit Limit, Partition Home)[] _limits =
        [.. limits.Select(limit => (limit, keyspace.PartitionOf(limit.StoredName)))];

    /// <summary>Asks each limit in turn for what those before it grant.</summary>
    /// <param name="most">The most grants to take.</param>
    /// <returns>The grants; or none, and how long it is worth waiting before the next try.</returns>
    public async ValueTask<(Grants? Grants, TimeSpan Wait)> TakeAsync(int most)
    {
        var (moments, count, since) = (new long[_limits.Length], most, timeProvider.GetTimestamp());
        for (var n = 0; n < _limits.Length; n++)
        {
            var reply = default(GrantsReply);
            try
            {
                reply = await AskAsync(_limits[n].Limit, _limits[n].Home, count).ConfigureAwait(false);
            }
            finally
            {
                Return(count - reply.Granted, moments.AsSpan(0, n));
            }

            (count, moments[n]) = (reply.Granted, reply.Moment);
            if (count == 0)
            {
                return (null, reply.Wait);
            }
        }

        return (new Grants(this, count, since, moments), TimeSpan.Zero);
    }

    /// <summary>Gives back grants, to the first limits, of which the moments are known.</summary>
    public void Return(int count, ReadOnlySpan<long> moments)
    {
        for (var n = 0; n < moments.Length && count > 0; n++)
        {
            var (limit, home) = _limits[n];
            RedisFailures.Forget(keyspace.Scripts.RunAsync(new ReturnGrantsRequest
            {
                Limit = limit, Home = home, Now = keyspace.PinnedNow, Grants = count, Moment = moments[n],
            }).AsTask());
        }
    }

    private async ValueTask<GrantsReply> AskAsync(RateLimit limit, Partition home, int most)
    {
        await keyspace.GateOf(home).OpenAsync($"ask the limit '{limit.Name}'", keyspace.Begin()).ConfigureAwait(false);
        return await keyspace.Scripts.RunAsync(new TakeGrantsRequest
        {
            Limit = limit, Home = home, Now = keyspace.PinnedNow, Asked = most, Group = group,
        }).ConfigureAwait(false);
    }
}
