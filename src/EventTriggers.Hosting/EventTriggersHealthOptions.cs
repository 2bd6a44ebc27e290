using System.Globalization;

namespace EventTriggers;

/// <summary>What the readiness check of a bus looks at besides the consumer loop. Each limit that is set is a question to Redis.</summary>
public sealed class EventTriggersHealthOptions
{
    /// <summary>Gets or sets the time without a successful claim after which the check is unhealthy.</summary>
    /// <value>Positive. The default is <see langword="null"/>: three polls and 5 seconds, which is 20 seconds with the default
    /// <see cref="RedisTriggersOptions.PollInterval"/>.</value>
    public TimeSpan? MaxClaimAge { get; set; }

    /// <summary>Gets or sets the number of ready deliveries, in any group of this host, beyond which the check is degraded.</summary>
    /// <value>Not negative. The default is <see langword="null"/>: not counted.</value>
    public long? MaxReady { get; set; }

    /// <summary>Gets or sets the age of the oldest ready delivery, in any group of this host, beyond which the check is degraded.</summary>
    /// <value>Positive; see <see cref="GroupCounts.Lag"/>. The default is <see langword="null"/>: not asked.</value>
    public TimeSpan? MaxLag { get; set; }

    /// <summary>Gets or sets the number of dead letters, in any group of this host, beyond which the check is degraded.</summary>
    /// <value>Not negative. The default is <see langword="null"/>: not counted.</value>
    public long? MaxDeadLetters { get; set; }

    /// <summary>
    /// Gets or sets the number of keys that wait behind a dead letter, in any group of this host, beyond which the check is degraded.
    /// </summary>
    /// <value>Not negative; <see langword="null"/>: not counted. The default is 0. Only groups with <see cref="DeadLetters.Hold"/> are
    /// asked for it.</value>
    public long? MaxHeldKeys { get; set; } = 0;

    /// <summary>Gets or sets the number of events without a subscriber beyond which the check is degraded.</summary>
    /// <value>Not negative. The default is <see langword="null"/>: not counted.</value>
    public long? MaxUnrouted { get; set; }

    /// <summary>Gets or sets how long the check waits for the counts. If they take longer, it is degraded.</summary>
    /// <value>Positive. The default is 2 seconds.</value>
    public TimeSpan CountTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <exception cref="ArgumentOutOfRangeException">A value is not allowed.</exception>
    internal void Check()
    {
        CheckTime(MaxClaimAge, nameof(MaxClaimAge));
        CheckTime(MaxLag, nameof(MaxLag));
        CheckTime(CountTimeout, nameof(CountTimeout));
        foreach (var (limit, name) in new[]
        {
            (MaxReady, nameof(MaxReady)), (MaxDeadLetters, nameof(MaxDeadLetters)),
            (MaxHeldKeys, nameof(MaxHeldKeys)), (MaxUnrouted, nameof(MaxUnrouted)),
        })
        {
            if (limit < 0)
            {
                throw new ArgumentOutOfRangeException(
                    name, limit, string.Create(CultureInfo.InvariantCulture, $"{name} must not be negative, but is {limit}."));
            }
        }
    }

    private static void CheckTime(TimeSpan? value, string name)
    {
        if (value <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                name, value, string.Create(CultureInfo.InvariantCulture, $"{name} must be positive, but is {value}."));
        }
    }
}
