using System.Globalization;
using EventTriggers.Consuming.RateLimits;

namespace EventTriggers.Consuming;

/// <summary>How a group treats deliveries that have a key.</summary>
/// <param name="Places">How many deliveries of one key it handles at a time; 0 where it ignores keys.</param>
/// <param name="HoldsDead">Whether a key waits behind its dead letter.</param>
/// <param name="MaxBacklog">How many deliveries of one key may wait before publishing is refused; 0 for any number.</param>
internal readonly record struct KeyMode(int Places, bool HoldsDead, int MaxBacklog)
{
    /// <summary>The number of places where a group only limits how many begin, as _places.lua knows it.</summary>
    public const int AnyPlaces = 1_000_000;

    /// <summary>Gets how many deliveries of one key may begin in a span of time; <see langword="null"/> for any number.</summary>
    public KeyLimit? Limit { get; init; }

    /// <summary>Gets a value indicating whether it bounds how many deliveries of one key are handled at a time.</summary>
    public bool Orders => Places is > 0 and < AnyPlaces;

    public static KeyMode Of(GroupOptions group)
    {
        var places = group.ConcurrencyPerKey ?? (group.LimitPerKey is null ? 0 : AnyPlaces);
        return new KeyMode(places, group.OnDead == DeadLetters.Hold, group.MaxBacklogPerKey ?? 0)
        {
            Limit = group.LimitPerKey is { } limit
                ? new KeyLimit(limit.Count, (long)limit.Per.TotalMicroseconds, limit.Burst ?? RateLimit.DefaultBurst(limit.Count)) : null,
        };
    }

    /// <summary>Gets it as subscribe.lua reads it.</summary>
    public override string ToString()
    {
        var culture = CultureInfo.InvariantCulture;
        var limit = Limit is { } one ? string.Create(culture, $" {one.Count} {one.PerMicroseconds} {one.Burst}") : string.Empty;
        return Places == 0 ? string.Empty : string.Create(culture, $"{Places} {(HoldsDead ? 1 : 0)} {MaxBacklog}{limit}");
    }
}
