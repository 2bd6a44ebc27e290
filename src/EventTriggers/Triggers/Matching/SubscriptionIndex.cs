using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// The triggers that subscribe to one type in one partition: those that are cached, and those that are looked up by a value.
/// </summary>
internal sealed class SubscriptionIndex : IDisposable
{
    // An event that has more values where triggers are looked up costs the server as many commands.
    public const int MostLookups = 10_000;

    private const int Page = 500;
    private const long SweepMs = 60_000;

    private readonly Keyspace _keyspace;
    private readonly SubscriptionReader _reader;
    private readonly TriggerErrorReporter _reporter;
    private readonly SharedTriggerCache _cache = new();
    private readonly SubscriptionFeed _feed;
    private long _nextSweep;
    private long _usedMs;

    public SubscriptionIndex(Keyspace keyspace, SubscriptionReader reader, TriggerErrorReporter reporter)
    {
        (_keyspace, _reader, _reporter) = (keyspace, reader, reporter);
        _feed = new SubscriptionFeed(reader, _cache);
        _usedMs = keyspace.HostMs;
    }

    /// <summary>Gets when an event was last matched, by this machine's clock.</summary>
    public long UsedMs => Volatile.Read(ref _usedMs);

    /// <summary>Gets a value indicating whether the type has no subscriptions.</summary>
    public bool IsEmpty => _cache.Read(static cache => cache.IsEmpty);

    /// <summary>Reads the subscriptions that began before an event.</summary>
    public ValueTask EnsureAsync(Watermark mark) => _feed.EnsureAsync(mark);

    /// <summary>Asks the server whether the type still has subscriptions.</summary>
    public Task<bool> ExistsAsync() => _reader.ExistsAsync();

    /// <summary>Finds the triggers whose condition an event satisfies.</summary>
    /// <exception cref="JsonException">The payload is not JSON.</exception>
    /// <exception cref="UnmatchableException">The event has too many values where triggers are looked up.</exception>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> MatchAsync(Delivery delivery)
    {
        Volatile.Write(ref _usedMs, _keyspace.HostMs);
        await ForgetAsync(FindExpired()).ConfigureAwait(false);
        var (found, undecided, fields) = _cache.Read(cache =>
        {
            var (matches, unknown) = cache.Match(delivery.Json);
            return (matches.Where(HasBegun).ToList(), unknown.Where(HasBegun).ToList(), cache.Fields);
        });
        await ReportAsync(undecided, delivery).ConfigureAwait(false);
        foreach (var values in ReadValues(fields, delivery.Json).Chunk(Page))
        {
            found.AddRange(await LookUpAsync(values, delivery).ConfigureAwait(false));
        }

        return found;

        bool HasBegun(SubscribedTrigger trigger) => trigger.StartsAfter <= delivery.Watermark.All;
    }

    /// <summary>Forgets triggers that have ended.</summary>
    public async ValueTask ForgetAsync(IReadOnlyCollection<SubscribedTrigger> ended)
    {
        if (ended.Count == 0)
        {
            return;
        }

        _cache.Change(cache => cache.Remove(ended.Select(static trigger => trigger.Subscription.Member)));
        await _reader.RemoveAsync([.. ended.Select(static trigger => new StoredSubscription(trigger.Subscription, trigger.Value))])
            .ConfigureAwait(false);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _feed.Dispose();
    }

    /// <summary>Reads the values of an event by which triggers are looked up.</summary>
    /// <exception cref="JsonException">The payload is not JSON.</exception>
    /// <exception cref="UnmatchableException">The event has too many values where triggers are looked up.</exception>
    public static HashSet<FieldValueKey> ReadValues(FieldValueReader fields, byte[] json)
    {
        var values = new HashSet<FieldValueKey>();
        foreach (var value in fields.Read(json))
        {
            if (values.Add(value) && values.Count > MostLookups)
            {
                throw new UnmatchableException(
                    $"It has more than {MostLookups} values by which triggers are looked up; "
                    + $"'{Excerpt.Of(value.Field)}' has one too many.");
            }
        }

        return values;
    }

    // At most once a minute.
    private SubscribedTrigger[] FindExpired()
    {
        var (now, next) = (_keyspace.HostMs, Volatile.Read(ref _nextSweep));
        return now < next || Interlocked.CompareExchange(ref _nextSweep, now + SweepMs, next) != next
            ? []
            : _cache.Read(cache => cache.FindExpired(now));
    }

    private async ValueTask<IEnumerable<SubscribedTrigger>> LookUpAsync(FieldValueKey[] values, Delivery delivery)
    {
        var triggers = await _reader.ReadTriggersAsync(values, delivery.Watermark.All).ConfigureAwait(false);
        var answers = triggers.ToLookup(trigger => trigger.Pattern is null ? true : trigger.Pattern.Match(delivery.Json));
        await ReportAsync(answers[null], delivery).ConfigureAwait(false);
        return answers[true];
    }

    // One trigger's edge: deciding whether it fires would take too long, and it delays no other.
    private async ValueTask ReportAsync(IEnumerable<SubscribedTrigger> undecided, Delivery delivery)
    {
        foreach (var trigger in undecided)
        {
            var tooManySteps = EventPattern.TooManySteps(delivery.Json.Length);
            var why = trigger.Subscription.Cancels ? $"whether it cancels is not known: {tooManySteps}" : tooManySteps;
            await _reporter.ReportAsync(trigger, delivery.Id, why).ConfigureAwait(false);
        }
    }
}
