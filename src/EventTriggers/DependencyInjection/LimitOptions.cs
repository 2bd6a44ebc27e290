namespace EventTriggers;

/// <summary>
/// How many deliveries of a group may begin in a span of time, in all processes together. See <see cref="GroupOptions.Limits"/>.
/// </summary>
public sealed class LimitOptions
{
    /// <summary>
    /// The name, in <see cref="GroupOptions.Limits"/>, of the limit that a group shares with no other group:
    /// <see cref="GroupBuilder.Limit(int, TimeSpan, int?)"/> sets it.
    /// </summary>
    public const string OwnName = "$group";

    /// <summary>What the name of a limit by key begins with, before the group's.</summary>
    internal const string KeyPrefix = "$key:";

    /// <summary>Gets or sets how many deliveries may begin in each <see cref="Per"/>.</summary>
    /// <value>1–1000000. It must be set.</value>
    public int Count { get; set; }

    /// <summary>Gets or sets the span of time.</summary>
    /// <value>1 millisecond to 30 days. The default is 1 second.</value>
    public TimeSpan Per { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how many deliveries may begin at once after a pause. In any span of time that is as long as
    /// <see cref="Per"/>, at most <see cref="Count"/> and so many begin.</summary>
    /// <value>1–10000. The default is <see langword="null"/>: a tenth of <see cref="Count"/>, at least 1.</value>
    public int? Burst { get; set; }

    internal LimitOptions Copy() => (LimitOptions)MemberwiseClone();
}
