using System.Text;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Removes, in every partition, the subscriptions of triggers of one partition that have ended. The scripts that end a trigger note it; the
/// note stays until a host, whichever it is, has removed the subscriptions everywhere.
/// </summary>
internal sealed class RemoveSubscriptionsDuty(Keyspace keyspace, Partition partition)
{
    private const int Page = 100;
    private const int MostPages = 1000;

    private readonly SubscriptionWriter _subscriptions = new(keyspace);
    private readonly EndedSubscriptions _ended = new(keyspace, partition);

    public async ValueTask RunOnceAsync()
    {
        for (var page = 0; page < MostPages; page++)
        {
            var notes = await _ended.ReadAsync(Page).ConfigureAwait(false);
            if (notes.Count > 0)
            {
                var ended = notes.SelectMany(static note => Parse(Encoding.UTF8.GetString(note.Note), note.Due));
                await _subscriptions.RemoveAsync(ended).ConfigureAwait(false);
                await _ended.RemoveAsync(notes.Select(static note => note.Note)).ConfigureAwait(false);
            }

            if (notes.Count < Page)
            {
                break;
            }
        }
    }

    // 'id#version cancelon', as it was in the trigger's hash. What the library does not write is removed without effect.
    private static IEnumerable<(TriggerSubscription Subscription, SubscribedType Type)> Parse(string note, long due)
    {
        var at = note.IndexOf(' ', StringComparison.Ordinal);
        if (at < 0 || TriggerSubscription.TryParse(note[..at]) is not { Role: SubscriptionRole.First } trigger)
        {
            return [];
        }

        try
        {
            return CancelOnRule.Parse(note[(at + 1)..]).ToSubscribedTypes(due)
                .Select(type => (type.ToSubscription(trigger.Id, trigger.Version), type));
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            return [];
        }
    }
}
