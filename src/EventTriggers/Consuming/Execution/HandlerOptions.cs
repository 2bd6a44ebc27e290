namespace EventTriggers;

/// <summary>The options of one handler. An option that is not set follows its group.</summary>
public sealed class HandlerOptions
{
    /// <summary>Gets or sets the number of failed attempts after which the handler is not run again. When the other handlers of the event
    /// have succeeded or are out of attempts too, the delivery becomes a dead letter; redriving it runs those that failed.</summary>
    /// <value>1–1000. The default is <see langword="null"/>: the retry policy decides.</value>
    public int? MaxAttempts { get; set; }

    /// <summary>Gets or sets the time after which the handler's token is canceled; the attempt has then failed.</summary>
    /// <value>Positive, at most 1 day, or <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no limit. The default is
    /// <see langword="null"/>: the group's <see cref="GroupOptions.HandlerTimeout"/> applies.</value>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Gets or sets the retry policy of the handler.</summary>
    /// <value>The default is <see langword="null"/>: the group's <see cref="GroupBuilder.RetryPolicy"/> applies. If several handlers of an
    /// event fail, the longest of their delays counts.</value>
    public IRetryPolicy? RetryPolicy { get; set; }

    /// <summary>Gets or sets what happens to the running handler while its delivery's lease is in doubt.</summary>
    /// <value>The default is <see langword="null"/>: the group's <see cref="GroupOptions.WhenLeaseIsInDoubt"/> applies.</value>
    public LeaseDoubt? WhenLeaseIsInDoubt { get; set; }
}
