using EventTriggers.Redis.Stores;

namespace EventTriggers.Triggers.Matching;

/// <summary>Keeps the cache of a type up to date: reads what has changed since the last time, where an event is newer than that.</summary>
internal sealed class SubscriptionFeed(SubscriptionReader reader, SharedTriggerCache cache) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private volatile Position _position = new(string.Empty, 0);

    /// <summary>Reads the subscriptions that began before an event.</summary>
    public async ValueTask EnsureAsync(Watermark mark)
    {
        if (IsRead(mark))
        {
            return;
        }

        await _reading.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!IsRead(mark))
            {
                await ReadAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private bool IsRead(Watermark mark) => _position is var read && read.Number >= mark.Cached && read.Epoch == mark.Epoch;

    // What starts over is put together in a new cache: events are matched with the old one until the new one is complete.
    private async ValueTask ReadAsync()
    {
        var (position, replacement, hasMore) = (_position, (TriggerCache?)null, true);
        for (var isFirst = true; hasMore; isFirst = false)
        {
            var changes = await reader.ReadChangesAsync(position.Epoch, position.Number, goesOn: !isFirst).ConfigureAwait(false);
            (position, hasMore) = (new Position(changes.Epoch, changes.Number), changes.HasMore);
            replacement = changes.StartsOver ? new TriggerCache() : replacement;
            var fields = changes.Added.Select(static one => one.Member).Where(TriggerSubscription.IsField)
                .Select(TriggerSubscription.FieldOf).Where(JsonPointer.NamesField).ToArray();
            var members = changes.Added.Where(static one => !TriggerSubscription.IsField(one.Member));
            var triggers = await reader.ReadTriggersAsync(members.Select(static one => (one.Member, one.Number, (FieldValueKey?)null)))
                .ConfigureAwait(false);
            if (replacement is null)
            {
                cache.Change(current => current.Apply(changes.Removed, triggers, fields));
                _position = position;
            }
            else
            {
                replacement.Apply(changes.Removed, triggers, fields);
            }
        }

        if (replacement is not null)
        {
            cache.Replace(replacement);
            _position = position;
        }
    }

    /// <summary>The number, of an epoch, up to which all subscriptions are read.</summary>
    private sealed record Position(string Epoch, long Number);
}
