using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>The triggers that wait for one type in one partition, held in memory and kept up to date by what has changed since it was asked last.</summary>
internal sealed class WatchIndex(Keyspace keyspace, WatchWriter watches, Partition partition, string type, ILogger logger) : IDisposable
{
    private const int Page = 500;
    private const long SweepMs = 60_000;

    // Changes come rarely, and matching takes microseconds.
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly SemaphoreSlim _asking = new(1);
    private readonly Dictionary<string, WatchedTrigger> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _fields = new(StringComparer.Ordinal);
    private PatternIndex _index = new();
    private long _nextSweep;
    private volatile Known _known = new(string.Empty, 0);

    /// <summary>Learns of the triggers that an event may see.</summary>
    public async ValueTask EnsureAsync(WatchMark mark)
    {
        if (IsKnown(mark))
        {
            return;
        }

        await _asking.WaitAsync().ConfigureAwait(false);
        try
        {
            for (var (goesOn, asked) = (false, false); goesOn || (!asked && !IsKnown(mark)); asked = true)
            {
                goesOn = await AskAsync(goesOn).ConfigureAwait(false);
            }
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Finds the triggers whose condition an event satisfies: of those that are held, and of those that are looked up.</summary>
    public async ValueTask<IReadOnlyList<WatchedTrigger>> MatchAsync(Delivery delivery)
    {
        await ForgetAsync(TakeExpired()).ConfigureAwait(false);
        var (found, fields) = Match(delivery);
        if (fields.Length > 0)
        {
            foreach (var lookups in Lookup.Read(delivery.Json, fields).Chunk(Page))
            {
                found.AddRange(await LookUpAsync(lookups, delivery).ConfigureAwait(false));
            }
        }

        return found;
    }

    /// <summary>Forgets triggers that have ended.</summary>
    public async ValueTask ForgetAsync(IReadOnlyList<WatchedTrigger> ended)
    {
        if (ended.Count == 0)
        {
            return;
        }

        _lock.EnterWriteLock();
        try
        {
            foreach (var trigger in ended)
            {
                Remove(trigger.Watch.Member);
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }

        await watches.RemoveAsync(partition, type, ended).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _lock.Dispose();
        _asking.Dispose();
    }

    private (List<WatchedTrigger> Found, string[] Fields) Match(Delivery delivery)
    {
        var matches = new List<PatternEntry>();
        _lock.EnterReadLock();
        try
        {
            _index.Match(delivery.Json, matches);
            return ([.. matches.Cast<WatchedTrigger>().Where(trigger => trigger.Number <= delivery.Watch.All)], [.. _fields]);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    // What has nothing left to cancel, once in a while.
    private WatchedTrigger[] TakeExpired()
    {
        var (now, next) = (keyspace.HostMs, Volatile.Read(ref _nextSweep));
        if (now < next || Interlocked.CompareExchange(ref _nextSweep, now + SweepMs, next) != next)
        {
            return [];
        }

        _lock.EnterReadLock();
        try
        {
            return [.. _members.Values.Where(trigger => trigger.Watch.Expires > 0 && trigger.Watch.Expires < now).Take(Page)];
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private async ValueTask<IReadOnlyList<WatchedTrigger>> LookUpAsync(Lookup[] lookups, Delivery delivery)
    {
        var sets = await Task.WhenAll(lookups.Select(lookup => keyspace.Database.SortedSetRangeByScoreAsync(
            partition.Keys.By(lookup.KeyFor(type)), stop: delivery.Watch.All, flags: CommandFlags.DemandMaster))).ConfigureAwait(false);
        var members = lookups.Zip(sets).SelectMany(static pair => pair.Second.Select(member => (Member: member.ToString(), pair.First))).ToArray();
        var triggers = await ReadAsync([.. members.Select(static member => (member.Member, 0L, (Lookup?)member.First))]).ConfigureAwait(false);
        return [.. triggers.Where(trigger => trigger.Pattern is null || trigger.Pattern.IsMatch(delivery.Json))];
    }

    private async ValueTask<bool> AskAsync(bool goesOn)
    {
        var words = await keyspace.Scripts.RunForWordsAsync(
            Script.Changes,
            (RedisKey[])[partition.Keys.Root, partition.Keys.On(type), partition.Keys.Watched(type), partition.Keys.Off(type)],
            (RedisValue[])[_known.Epoch, _known.Number, goesOn ? 1 : 0, Page]).ConfigureAwait(false);
        var (epoch, isAnew, known, hasMore) = (words[0], words[1] == "1", Number(words[2]), words[3] == "1");
        var outs = words[5..(5 + (int)Number(words[4]))];
        var puts = words[(5 + outs.Length)..].Chunk(2).ToArray();
        var triggers = await ReadAsync([.. puts.Where(static put => put[0][0] != '=').Select(static put => (put[0], Number(put[1]), (Lookup?)null))]).ConfigureAwait(false);

        _lock.EnterWriteLock();
        try
        {
            if (isAnew)
            {
                _index = new PatternIndex();
                _members.Clear();
                _fields.Clear();
            }

            Array.ForEach(outs, Remove);
            foreach (var trigger in triggers)
            {
                Remove(trigger.Watch.Member);
                _members[trigger.Watch.Member] = trigger;
                _index.Add(trigger.Pattern, trigger);
            }

            _fields.UnionWith(puts.Where(static put => put[0][0] == '=').Select(static put => put[0][1..]));
            _known = new Known(epoch, known);
        }
        finally
        {
            _lock.ExitWriteLock();
        }

        return hasMore;
    }

    private async ValueTask<IReadOnlyList<WatchedTrigger>> ReadAsync(IReadOnlyList<(string Member, long Number, Lookup? Lookup)> members)
    {
        var all = members.Select(static member => Watch.Parse(member.Member)).ToArray();
        var hashes = await Task.WhenAll(all.Select(watch => keyspace.Database.HashGetAsync(KeyOf(watch), WatchedTrigger.Fields, CommandFlags.DemandMaster))).ConfigureAwait(false);
        return [.. members.Select((member, i) => Read(all[i], member.Number, member.Lookup, hashes[i])).OfType<WatchedTrigger>()];
    }

    private RedisKey KeyOf(Watch watch)
    {
        var keys = keyspace.PartitionOf(watch.Id.Value).Keys;
        return watch.Role == WatchRole.CancelEvent ? keys.Event(watch.Id.Value) : keys.Trigger(watch.Id.Value);
    }

    // One trigger's edge: what somebody has written into its hash must not hold up the others.
    private WatchedTrigger? Read(Watch watch, long number, Lookup? lookup, RedisValue[] values)
    {
        try
        {
            return WatchedTrigger.Read(watch, number, lookup, values);
        }
        catch (ArgumentException e)
        {
            logger.PatternUnreadable(e, watch.Id);
            return null;
        }
    }

    private void Remove(string member)
    {
        if (_members.Remove(member, out var trigger))
        {
            _index.Remove(trigger);
        }
    }

    private bool IsKnown(WatchMark mark) => _known is var known && known.Number >= mark.Held && known.Epoch == mark.Epoch;

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);

    /// <summary>Up to which watch, of which epoch, all are known.</summary>
    private sealed record Known(string Epoch, long Number);
}
