using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.RateLimits;

/// <summary>
/// Lets limits of a group stand still because a handler asked for it. Once Redis has been told, no process gets a grant.
/// </summary>
internal sealed class Standstill(Keyspace keyspace, IReadOnlyList<RateLimit> limits, ILogger logger)
{
    /// <summary>Looks at the outcomes of what was handled together. A limit that several name is told once.</summary>
    public void Note(string group, IReadOnlyList<Settlement> settlements)
    {
        var named = settlements.Select(static settlement => settlement.Failure).OfType<RetryLaterException>()
            .Where(static later => later.Limit is not null).GroupBy(static later => later.Limit!, StringComparer.Ordinal);
        foreach (var ofLimit in named)
        {
            _ = BeginAsync(group, ofLimit.Key, ofLimit.Max(static later => later.After));
        }
    }

    private async Task BeginAsync(string group, string name, TimeSpan lasts)
    {
        if (limits.FirstOrDefault(limit => limit.Name == name) is not { } limit)
        {
            logger.RateLimitUnknown(Excerpt.Of(name), group, string.Join(", ", limits.Select(static one => one.Name)));
            return;
        }

        try
        {
            var home = keyspace.PartitionOf(limit.StoredName);
            await keyspace.Retry.RunAsync("let a limit stand still", keyspace.Options.OperationTimeout, () => keyspace.Scripts.RunAsync(
                new StandStillRequest { Limit = limit, Home = home, Now = keyspace.PinnedNow, Duration = lasts })).ConfigureAwait(false);
            logger.RateLimitStandsStill(limit.Name, lasts, group);
        }
        catch (Exception e)
        {
            // The edge of one limit: the delivery waits all the same, and the next one that is refused says so again.
            logger.StandstillFailed(e, limit.Name, group);
        }
    }
}
