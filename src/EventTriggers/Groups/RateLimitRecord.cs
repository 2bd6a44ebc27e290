namespace EventTriggers;

/// <summary>A rate limit of groups, as it is now.</summary>
public sealed class RateLimitRecord
{
    /// <summary>
    /// Gets its name: that of a shared limit; <c>$group:mail</c> for the limit that the group <c>mail</c> shares with no other; or
    /// <c>$key:mail</c> for its limit by key (<see cref="GroupOptions.LimitPerKey"/>).
    /// </summary>
    public required string Name { get; init; }

    /// <summary>
    /// Gets a value indicating whether it is a limit by key: then each key has grants of its own, and nothing of them is known here
    /// (<see cref="Used"/>, <see cref="NextAt"/>). <see cref="IGroupStore.ListKeysAsync"/> lists the keys that wait.
    /// </summary>
    public bool IsByKey => Name.StartsWith(LimitOptions.KeyPrefix, StringComparison.Ordinal);

    /// <summary>Gets the groups whose processes have asked it.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Gets the numbers that hold: those that were set, or else those that processes are configured with.</summary>
    public required LimitOptions Limit { get; init; }

    /// <summary>
    /// Gets the numbers that processes are configured with, those of the first group where groups differ; <see langword="null"/> where none
    /// has asked since.
    /// </summary>
    public LimitOptions? Configured { get; init; }

    /// <summary>
    /// Gets since when numbers that were set hold (<see cref="IRateLimitStore.SetAsync"/>); <see langword="null"/> for none.
    /// </summary>
    public DateTimeOffset? SetAt { get; init; }

    /// <summary>Gets who set them; <see langword="null"/> if that was not said.</summary>
    public string? SetBy { get; init; }

    /// <summary>
    /// Gets how much of the burst is used up: so many deliveries have begun that the rate has not made up for yet. 0 for a limit by key.
    /// </summary>
    public double Used { get; init; }

    /// <summary>Gets when the next delivery may begin, by the clock of Redis; <see langword="null"/> for at once.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>
    /// Gets until when it grants nothing because a handler asked for that (<see cref="RetryLaterException"/>); <see langword="null"/> if it
    /// does not stand still.
    /// </summary>
    public DateTimeOffset? StandsStillUntil { get; init; }
}
