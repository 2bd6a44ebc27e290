using System.Globalization;
using System.Text;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads what a consumer has reported of itself.</summary>
internal static class ConsumerHash
{
    /// <returns>The consumer; <see langword="null"/> if its hash is gone, or cannot be read.</returns>
    public static ConsumerRecord? Read(string name, HashEntry[] hash)
    {
        var fields = new HashFields(hash);
        var (process, started, seen) = (fields.Number("process"), fields.Number("started"), fields.Number("seen"));
        var batches = fields.Read("batches", static bytes => ReadBatches(Encoding.UTF8.GetString(bytes)), "batches") ?? [];
        var groups = fields.Read("groups", bytes => ReadGroups(Encoding.UTF8.GetString(bytes), batches), "groups");
        if (process is null || started is null || seen is null || groups is null)
        {
            return null;
        }

        return new ConsumerRecord
        {
            Name = name,
            Machine = fields.Text("machine") ?? string.Empty,
            ProcessId = (int)Math.Clamp(process.Value, 0, int.MaxValue),
            Version = fields.Text("version") ?? string.Empty,
            StartedAt = UnixTime.ToDateTimeOffset(started.Value),
            SeenAt = UnixTime.ToDateTimeOffset(seen.Value),
            ClockOffset = fields.Number("offset") is { } offset ? UnixTime.ToTimeSpan(offset) : null,
            Groups = groups,
        };
    }

    /// <summary>Gets what a consumer reports of the batches of its groups, as this class reads it.</summary>
    public static string Write(IEnumerable<(string Group, ConsumerBatches Batches)> all) => string.Join('|', all.Select(static one =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{one.Group} {one.Batches.MaxSize} {(long)one.Batches.MaxWait.TotalMilliseconds} {(one.Batches.ByKey ? 1 : 0)} "
            + $"{one.Batches.Gathered} {string.Join(',', one.Batches.EventTypes)}")));

    private static (string Group, ConsumerBatches Batches)[] ReadBatches(string text) =>
        Array.ConvertAll(text.Split('|', StringSplitOptions.RemoveEmptyEntries), static one =>
        {
            var parts = one.Split(' ');
            return (parts[0], new ConsumerBatches
            {
                MaxSize = int.Parse(parts[1], CultureInfo.InvariantCulture),
                MaxWait = UnixTime.ToTimeSpan(long.Parse(parts[2], CultureInfo.InvariantCulture)),
                ByKey = parts[3] == "1",
                Gathered = int.Parse(parts[4], CultureInfo.InvariantCulture),
                EventTypes = parts[5].Split(','),
            });
        });

    private static ConsumerGroup[] ReadGroups(string text, (string Group, ConsumerBatches Batches)[] batches) =>
        Array.ConvertAll(text.Split('|', StringSplitOptions.RemoveEmptyEntries), group =>
        {
            var parts = group.Split(' ');
            return new ConsumerGroup
            {
                Group = parts[0],
                Concurrency = int.Parse(parts[1], CultureInfo.InvariantCulture),
                Busy = int.Parse(parts[2], CultureInfo.InvariantCulture),
                Batches = [.. batches.Where(one => one.Group == parts[0]).Select(static one => one.Batches)],
            };
        });
}
