using System.Globalization;

namespace EventTriggers.Consuming.RateLimits;

/// <summary>A limit of how many deliveries may begin in a span of time.</summary>
/// <param name="Name">Its name, as the group gives it.</param>
/// <param name="StoredName">Its name in Redis.</param>
/// <param name="Count">How many may begin in the span.</param>
/// <param name="Per">The span.</param>
/// <param name="Burst">How many may begin at once after a pause.</param>
internal sealed record RateLimit(string Name, string StoredName, int Count, TimeSpan Per, int Burst)
{
    private const int DefaultShare = 10;

    /// <summary>Gets the span in microseconds.</summary>
    public long PerMicroseconds => (long)Per.TotalMicroseconds;

    /// <summary>Lists the limits of a group, in the order in which they are asked.</summary>
    public static IReadOnlyList<RateLimit> Of(string group, GroupOptions options) =>
        [.. options.Limits.OrderBy(static limit => limit.Key, StringComparer.Ordinal).Select(limit => From(group, limit.Key, limit.Value))];

    /// <summary>Gets how many may begin at once, where that is not set.</summary>
    public static int DefaultBurst(int count) => Math.Clamp(count / DefaultShare, 1, 10_000);

    /// <summary>Gets the numbers as scripts read them: count, span in microseconds, burst.</summary>
    public static string NumbersOf(LimitOptions limit) => string.Create(
        CultureInfo.InvariantCulture,
        $"{limit.Count} {(long)limit.Per.TotalMicroseconds} {limit.Burst ?? DefaultBurst(limit.Count)}");

    // No name that a user gives has a '$' or a ':'.
    private static RateLimit From(string group, string name, LimitOptions options) => new(
        name, name == LimitOptions.OwnName ? $"{LimitOptions.OwnName}:{group}" : name, options.Count, options.Per,
        options.Burst ?? DefaultBurst(options.Count));
}
