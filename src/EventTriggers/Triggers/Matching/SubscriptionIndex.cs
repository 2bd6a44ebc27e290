using System.Globalization;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

/// <summary>The triggers that wait for one type in one partition, held in memory and kept up to date by what has changed since it was asked last.</summary>
internal sealed class SubscriptionIndex(Keyspace keyspace, SubscriptionWriter watches, Partition partition, string type, TriggerErrorReporter teller) : IDisposable
{
    // An event that has more values where triggers are looked up costs the server as many commands.
    private const int MostLookups = 10_000;

    private const int Page = 500;
    private const long SweepMs = 60_000;

    // Changes come rarely, and matching takes microseconds.
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly SemaphoreSlim _asking = new(1);
    private TriggerCache _held = new();
    private long _nextSweep;
    private volatile Known _known = new(string.Empty, 0);
    private long _usedMs = keyspace.HostMs;

    /// <summary>Gets when it was last asked, by this machine's clock.</summary>
    public long UsedMs => Volatile.Read(ref _usedMs);

    /// <summary>Gets a value indicating whether nothing waits for the type.</summary>
    public bool IsEmpty => Look(static held => held.IsEmpty);

    /// <summary>Gets where the triggers of the type are.</summary>
    public RedisKey Key => partition.Keys.On(type);

    /// <summary>Learns of the triggers that an event may see.</summary>
    public async ValueTask EnsureAsync(Watermark mark)
    {
        if (IsKnown(mark))
        {
            return;
        }

        await _asking.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!IsKnown(mark))
            {
                await AskAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Finds the triggers whose condition an event satisfies: of those that are held, and of those that are looked up.</summary>
    /// <exception cref="JsonException">Its payload is not JSON.</exception>
    /// <exception cref="UnmatchableException">It has too many values where triggers are looked up.</exception>
    public async ValueTask<IReadOnlyList<SubscribedTrigger>> MatchAsync(Delivery delivery)
    {
        Volatile.Write(ref _usedMs, keyspace.HostMs);
        await ForgetAsync(TakeExpired()).ConfigureAwait(false);
        var (found, spent, fields) = Look(held =>
        {
            var (matches, unknown) = held.Match(delivery.Json);
            return (matches.Where(trigger => trigger.Number <= delivery.Watch.All).ToList(), unknown.Where(trigger => trigger.Number <= delivery.Watch.All).ToList(), held.Fields);
        });
        await TellSpentAsync(spent, delivery).ConfigureAwait(false);
        foreach (var lookups in LookupsOf(fields, delivery).Chunk(Page))
        {
            found.AddRange(await LookUpAsync(lookups, delivery).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Forgets triggers that have ended.</summary>
    public async ValueTask ForgetAsync(IReadOnlyCollection<SubscribedTrigger> ended)
    {
        if (ended.Count == 0)
        {
            return;
        }

        Change(held => held.Remove(ended.Select(static trigger => trigger.Watch.Member)));
        await watches.RemoveAsync(partition, type, ended).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _lock.Dispose();
        _asking.Dispose();
    }

    private static HashSet<FieldValue> LookupsOf(FieldValueReader fields, Delivery delivery)
    {
        var lookups = new HashSet<FieldValue>();
        foreach (var lookup in fields.Read(delivery.Json))
        {
            if (lookups.Add(lookup) && lookups.Count > MostLookups)
            {
                throw new UnmatchableException($"It has more than {MostLookups} values by which triggers are looked up; at '{Excerpt.Of(lookup.Field)}' is one too many.");
            }
        }

        return lookups;
    }

    private TResult Look<TResult>(Func<TriggerCache, TResult> look)
    {
        _lock.EnterReadLock();
        try
        {
            return look(_held);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    // What has nothing left to wait for, or to cancel; once in a while.
    private SubscribedTrigger[] TakeExpired()
    {
        var (now, next) = (keyspace.HostMs, Volatile.Read(ref _nextSweep));
        if (now < next || Interlocked.CompareExchange(ref _nextSweep, now + SweepMs, next) != next)
        {
            return [];
        }

        return Look(held => held.Expired(now));
    }

    private async ValueTask<IReadOnlyList<SubscribedTrigger>> LookUpAsync(FieldValue[] lookups, Delivery delivery)
    {
        var sets = await Task.WhenAll(lookups.Select(lookup => LookUpAsync(partition.Keys.By(lookup.KeyFor(type)), delivery.Watch.All))).ConfigureAwait(false);
        var members = lookups.Zip(sets).SelectMany(static pair => pair.Second.Select(member => (Member: member.ToString(), pair.First))).ToArray();
        var triggers = await ReadAsync([.. members.Select(static member => (member.Member, 0L, (FieldValue?)member.First))]).ConfigureAwait(false);
        var answers = triggers.ToLookup(trigger => trigger.Pattern is null ? true : trigger.Pattern.Match(delivery.Json));
        await TellSpentAsync(answers[null], delivery).ConfigureAwait(false);
        return [.. answers[true]];
    }

    // One trigger's edge: what it would take to know whether it fires is not taken, and holds up no other.
    private async ValueTask TellSpentAsync(IEnumerable<SubscribedTrigger> triggers, Delivery delivery)
    {
        foreach (var trigger in triggers)
        {
            var why = EventPattern.TooManySteps(delivery.Json.Length);
            await teller.TellAsync(trigger, delivery.Id, trigger.Watch.Role is SubscriptionRole.Cancel or SubscriptionRole.CancelEvent ? $"whether it cancels is not known: {why}" : why).ConfigureAwait(false);
        }
    }

    private async Task<RedisValue[]> LookUpAsync(RedisKey key, long last)
    {
        try
        {
            return await keyspace.Database.SortedSetRangeByScoreAsync(key, stop: last, flags: CommandFlags.DemandMaster).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (RedisFailures.IsOfAnotherType(e))
        {
            throw UnreadableIndex(key);
        }
    }

    // The same for each event of the type, until somebody has removed the key: its events are tried again.
    private ForeignKeyException UnreadableIndex(RedisKey key = default) => new(
        $"Which triggers wait for events of type '{type}' cannot be read: {(key == default(RedisKey) ? "one of their keys" : $"the key '{key}'")} holds something that EventTriggers did not write. Remove it.");

    // What begins anew is put together aside: events are matched with what was there before until it is whole.
    private async ValueTask AskAsync()
    {
        var (at, anew, hasMore) = (_known, (TriggerCache?)null, true);
        for (var isFirst = true; hasMore; isFirst = false)
        {
            var words = await keyspace.Scripts.RunForWordsAsync(
                Script.Changes,
                (RedisKey[])[partition.Keys.Root, partition.Keys.On(type), partition.Keys.Watched(type), partition.Keys.Off(type)],
                (RedisValue[])[at.Epoch, at.Number, isFirst ? 0 : 1, Page]).ConfigureAwait(false);
            if (words is [_])
            {
                throw UnreadableIndex();
            }

            hasMore = words[3] == "1";
            anew = words[1] == "1" ? new TriggerCache() : anew;
            at = new Known(words[0], Number(words[2]));
            var outs = words[5..(5 + (int)Number(words[4]))];
            var puts = words[(5 + outs.Length)..].Chunk(2).ToArray();
            var triggers = await ReadAsync([.. puts.Where(static put => !TriggerSubscription.IsField(put[0])).Select(static put => (put[0], Number(put[1]), (FieldValue?)null))]).ConfigureAwait(false);
            var fields = puts.Select(static put => put[0]).Where(TriggerSubscription.IsField).Select(TriggerSubscription.FieldOf).Where(IsReadable).ToArray();
            if (anew is null)
            {
                Change(held => held.Apply(outs, triggers, fields));
                _known = at;
            }
            else
            {
                anew.Apply(outs, triggers, fields);
            }
        }

        if (anew is not null)
        {
            Change(_ => _held = anew);
            _known = at;
        }
    }

    private void Change(Action<TriggerCache> change)
    {
        _lock.EnterWriteLock();
        try
        {
            change(_held);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private async ValueTask<IReadOnlyList<SubscribedTrigger>> ReadAsync(IReadOnlyList<(string Member, long Number, FieldValue? Lookup)> members)
    {
        var all = members.Select(static member => (Watch: TriggerSubscription.TryParse(member.Member), member.Number, member.Lookup)).Where(static one => one.Watch is not null).ToArray();
        var read = await Task.WhenAll(all.Select(one => ReadAsync(one.Watch!, one.Number, one.Lookup))).ConfigureAwait(false);
        await watches.RemoveAsync(partition, type, [.. read.Where(static one => one.IsGone).Select(static one => one.Trigger!)]).ConfigureAwait(false);
        return [.. read.Where(static one => !one.IsGone).Select(static one => one.Trigger).OfType<SubscribedTrigger>()];
    }

    // One trigger's edge: what somebody has written into its hash, or put in its place, must not hold up the others.
    private async Task<(SubscribedTrigger? Trigger, bool IsGone)> ReadAsync(TriggerSubscription watch, long number, FieldValue? lookup)
    {
        try
        {
            var values = await keyspace.Database.HashGetAsync(KeyOf(watch), SubscribedTrigger.Fields, CommandFlags.DemandMaster).ConfigureAwait(false);

            // A hash is written before it is watched: what has another version, or is not there, has ended.
            return SubscribedTrigger.IsThere(watch, values)
                ? (SubscribedTrigger.Read(watch, number, lookup, values), false)
                : (new SubscribedTrigger(watch, 0, pattern: null) { Lookup = lookup }, true);
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            await teller.TellUnreadableAsync(watch, e).ConfigureAwait(false);
            return (null, false);
        }
    }

    private RedisKey KeyOf(TriggerSubscription watch)
    {
        var keys = keyspace.PartitionOf(watch.Id).Keys;
        return watch.Role == SubscriptionRole.CancelEvent ? keys.Event(watch.Id) : keys.Trigger(watch.Id);
    }

    private static bool IsReadable(string field) => field is ['/', ..];

    private bool IsKnown(Watermark mark) => _known is var known && known.Number >= mark.Held && known.Epoch == mark.Epoch;

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>Up to which watch, of which epoch, all are known.</summary>
    private sealed record Known(string Epoch, long Number);
}
