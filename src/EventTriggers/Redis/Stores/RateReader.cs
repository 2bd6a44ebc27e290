using System.Globalization;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the counts that _rates.lua writes, and sweep.lua sums.</summary>
internal sealed class RateReader(Keyspace keyspace)
{
    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;

    // As the scripts keep them.
    private static readonly TimeSpan MinutesKept = TimeSpan.FromHours(24);
    private static readonly TimeSpan HoursKept = TimeSpan.FromDays(8);

    /// <param name="group">The group.</param>
    /// <param name="from">The moment in the first interval.</param>
    /// <param name="before">The end; exclusive.</param>
    /// <param name="interval">The length of the intervals.</param>
    /// <param name="cancellationToken">Stops waiting for the answer.</param>
    /// <exception cref="ArgumentException">There are more intervals between the two moments than are kept.</exception>
    public async ValueTask<GroupRates> ReadAsync(
        string group, DateTimeOffset from, DateTimeOffset before, RateInterval interval, CancellationToken cancellationToken)
    {
        var (length, kept) = interval switch
        {
            RateInterval.Minute => (MinuteMs, MinutesKept),
            RateInterval.Hour => (HourMs, HoursKept),
            _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "Must be Minute or Hour."),
        };
        var (first, end) = (from.ToUnixTimeMilliseconds() / length, (before.ToUnixTimeMilliseconds() + length - 1) / length);
        if (end < first || (end - first) * length > kept.TotalMilliseconds + length)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The time must be 0 to {kept.TotalHours} hours by {interval}, but is {from:O} to {before:O}."),
                nameof(before));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var keys = interval == RateInterval.Hour
            ? (IReadOnlyList<long?>)[null]
            : [.. Range(first * MinuteMs / HourMs, (end * MinuteMs / HourMs) + 1).Select(static hour => (long?)hour)];
        var read = await unread.ReadAllAsync(
            keyspace.Partitions,
            async partition => (await Task.WhenAll(keys.Select(hour => ReadAsync(partition, group, hour, deadline))).ConfigureAwait(false))
                .SelectMany(static counts => counts).ToArray(),
            cancellationToken).ConfigureAwait(false);
        var counts = read.SelectMany(static all => all).ToLookup(static one => one.Interval);
        return new GroupRates
        {
            Intervals = [.. Range(first, end).Select(number => RateOf(UnixTime.ToDateTimeOffset(number * length), [.. counts[number]]))],
            UnreadPartitions = unread.Partitions,
        };
    }

    private static GroupRate RateOf(DateTimeOffset at, (long Interval, string Word, long Count)[] counts)
    {
        long Sum(string word) => counts.Where(one => one.Word == word).Sum(static one => one.Count);
        return new GroupRate
        {
            At = at,
            Published = Sum("published"),
            Processed = Sum("processed"),
            Failed = Sum("failed"),
            Dead = Sum("dead"),
            Fired = Sum("fired"),
        };
    }

    private static IEnumerable<long> Range(long from, long end)
    {
        for (var number = from; number < end; number++)
        {
            yield return number;
        }
    }

    // hour: the hour whose minutes are read; null for the sums by hour. What cannot be read is left out.
    private async Task<(long Interval, string Word, long Count)[]> ReadAsync(
        Partition partition, string group, long? hour, Deadline deadline)
    {
        var key = hour is { } one ? partition.Keys.Rates(group, one) : partition.Keys.RateSums(group);
        var hash = await keyspace.Operations.ReadIndexAsync(
            "read rates", partition, key, database => database.HashGetAllAsync(key, CommandFlags.DemandMaster), deadline)
            .ConfigureAwait(false);
        return
        [
            .. from entry in hash
            let parts = entry.Name.ToString().Split(' ')
            where parts.Length == 2 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out _) && entry.Value.TryParse(out long _)
            select (((hour ?? 0) * (HourMs / MinuteMs)) + long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], (long)entry.Value),
        ];
    }
}
