using System.Globalization;
using EventTriggers.Events;

namespace EventTriggers.Redis.Operations;

/// <summary>Reads how many deliveries of a group all processes together handle at a time, as set_concurrency.lua has stored it.</summary>
internal static class StoredConcurrency
{
    public const int Most = 100_000;

    /// <returns>What is set; <see langword="null"/> if nothing is, or it cannot be read.</returns>
    public static GroupConcurrency? Read(string? stored)
    {
        var parts = (stored ?? string.Empty).Split(' ', 3);
        return parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= Most
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var since)
            ? new GroupConcurrency
            {
                Concurrency = count, Since = UnixTime.ToDateTimeOffset(since), By = parts[2].Length > 0 ? parts[2] : null,
            }
            : null;
    }
}
