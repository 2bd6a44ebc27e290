using System.Globalization;
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
        var groups = fields.Read("groups", static bytes => ReadGroups(System.Text.Encoding.UTF8.GetString(bytes)), "groups");
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

    private static ConsumerGroup[] ReadGroups(string text) =>
        Array.ConvertAll(text.Split('|', StringSplitOptions.RemoveEmptyEntries), static group =>
        {
            var parts = group.Split(' ');
            return new ConsumerGroup
            {
                Group = parts[0],
                Concurrency = int.Parse(parts[1], CultureInfo.InvariantCulture),
                Busy = int.Parse(parts[2], CultureInfo.InvariantCulture),
            };
        });
}
