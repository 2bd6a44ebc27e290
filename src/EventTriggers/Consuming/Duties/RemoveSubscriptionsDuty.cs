using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Takes out what would cancel triggers of one partition that have ended, which every partition watches for. The scripts that end a trigger note it; it stays noted until it is taken out
/// everywhere, whichever host does that.
/// </summary>
internal sealed class RemoveSubscriptionsDuty(Keyspace keyspace, Partition partition)
{
    private const int Page = 100;
    private const int MostPages = 1000;

    private readonly EndedSubscriptions _ended = new(keyspace, partition);
    private readonly SubscriptionWriter _watches = new(keyspace);

    public async ValueTask RunOnceAsync()
    {
        for (var page = 0; page < MostPages; page++)
        {
            var entries = await _ended.ReadAsync(Page).ConfigureAwait(false);
            if (entries.Count > 0)
            {
                await _watches.RemoveAsync(entries.SelectMany(static entry => Read(entry.Entry, entry.Due))).ConfigureAwait(false);
                await _ended.RemoveAsync(entries.Select(static entry => entry.Entry)).ConfigureAwait(false);
            }

            if (entries.Count < Page)
            {
                break;
            }
        }
    }

    // 'id#version cancelon', as it was in the trigger's hash, and when that was due. What something else has written is noted in vain.
    private static IEnumerable<(TriggerSubscription Watch, SubscribedType Watched)> Read(string entry, long due)
    {
        var at = entry.IndexOf(' ', StringComparison.Ordinal);
        if (at < 0 || TriggerSubscription.TryParse(entry[..at]) is not { Role: SubscriptionRole.First } watch)
        {
            return [];
        }

        try
        {
            return CancelOnRule.Parse(entry[(at + 1)..]).WatchedUntil(due).Select(watched => (watched.By(watch.Id, watch.Version), watched));
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            return [];
        }
    }
}
