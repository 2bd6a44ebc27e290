using System.Globalization;
using System.Runtime.CompilerServices;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>The triggers of one partition that have a tag, in the order of <see cref="TriggerIndex"/>: the live ones by when they are due, then the ended ones by when they ended.</summary>
internal sealed class TagIndex(Partition partition, string tag)
{
    // The server looks at an id once or twice, for about a microsecond.
    private const int Ids = 500;
    private const int Page = 100;

    // An entry as tagged.lua tells it.
    private const int Words = 3;

    /// <summary>Finds the ids first, and sorts them, because they are kept by id alone: a trigger that fires need not be moved for each of its tags. The triggers are read a page at a time then.</summary>
    /// <param name="keyspace">The keys.</param>
    /// <param name="status">Which ones; <see langword="null"/> for all.</param>
    /// <param name="lowest">From when on live ones are due, in unix ms.</param>
    /// <param name="highest">Until when.</param>
    /// <param name="read">Reads one.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    public async IAsyncEnumerable<TriggerRecord> ReadAsync(
        Keyspace keyspace,
        TriggerStatus? status,
        double lowest,
        double highest,
        Func<string, Deadline, Task<TriggerRecord?>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (all, last) = (new List<(bool IsEnded, double Score, string Id)>(), string.Empty);
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var words = await FindAsync(keyspace, last).WaitAsync(cancellationToken).ConfigureAwait(false);
            RedisKeys.ThrowIfMisused(words[0]);
            all.AddRange(words.Skip(1).Chunk(Words).Select(static entry => (entry[1] == "ended", double.Parse(entry[2], CultureInfo.InvariantCulture), entry[0]))
                .Where(entry => IsWanted(entry.Item1, entry.Item2)));
            last = words[0];
        }
        while (last.Length > 0);

        all.Sort(static (x, y) => (x.IsEnded, x.Score).CompareTo((y.IsEnded, y.Score)) is var order and not 0 ? order : string.CompareOrdinal(x.Id, y.Id));
        foreach (var page in all.Chunk(Page))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var deadline = keyspace.Begin(cancellationToken);
            var records = await Task.WhenAll(page.Select(entry => read(entry.Id, deadline))).WaitAsync(cancellationToken).ConfigureAwait(false);
            foreach (var record in records)
            {
                if (record is not null)
                {
                    yield return record;
                }
            }
        }

        bool IsWanted(bool isEnded, double score) => status switch
        {
            null => true,
            TriggerStatus.Active or TriggerStatus.Paused => !isEnded && lowest <= score && score <= highest,
            _ => isEnded,
        };
    }

    private Task<string[]> FindAsync(Keyspace keyspace, string after) => keyspace.ReadAsync("query triggers", partition, _ => keyspace.Scripts.RunForWordsAsync(
        Script.Tagged,
        (RedisKey[])[partition.Keys.Root, partition.Keys.Triggers, partition.Keys.EndedTriggers, partition.Keys.Tagged(tag)],
        (RedisValue[])[after, Ids]).AsTask());
}
