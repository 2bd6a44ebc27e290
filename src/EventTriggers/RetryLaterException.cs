using System.Globalization;

namespace EventTriggers;

/// <summary>
/// Thrown by a handler that cannot go on yet, for example because an API answered 429 (Too Many Requests): the delivery is tried again
/// later, and no attempt is spent.
/// </summary>
/// <remarks>
/// A delivery can be put off 100 times; from then on each time counts as a failed attempt. In a group that orders by key, the key waits
/// meanwhile. If another handler of the event fails as well, the attempt has failed.
/// </remarks>
public sealed class RetryLaterException : Exception
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>Initializes a new instance of the <see cref="RetryLaterException"/> class.</summary>
    /// <param name="after">When the delivery is tried again, from now on; 0 to 3650 days. A time outside of that is taken as the nearest of
    /// the two, because it mostly comes from outside.</param>
    /// <param name="limit">
    /// The limit of the group that stands still until then, in all processes and groups that share it; one of
    /// <see cref="GroupOptions.Limits"/>. <see langword="null"/> for none: then only this delivery waits.
    /// </param>
    /// <param name="innerException">Why; <see langword="null"/> for nothing more to say.</param>
    public RetryLaterException(TimeSpan after, string? limit = null, Exception? innerException = null)
        : base(MessageOf(Clamp(after), limit), innerException) => (After, Limit) = (Clamp(after), limit);

    /// <summary>Gets the time after which the delivery is tried again.</summary>
    public TimeSpan After { get; }

    /// <summary>Gets the name of the limit that stands still until then; <see langword="null"/> for none.</summary>
    public string? Limit { get; }

    private static TimeSpan Clamp(TimeSpan after) => after < TimeSpan.Zero ? TimeSpan.Zero : after > Longest ? Longest : after;

    private static string MessageOf(TimeSpan after, string? limit)
    {
        var still = limit is null ? string.Empty : $", and the limit '{limit}' stands still until then";
        return string.Create(CultureInfo.InvariantCulture, $"The delivery is to be tried again after {after}{still}.");
    }
}
