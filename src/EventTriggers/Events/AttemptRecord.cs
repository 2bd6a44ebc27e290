namespace EventTriggers;

/// <summary>An attempt to handle a delivery.</summary>
public sealed class AttemptRecord
{
    /// <summary>Gets its number, from 1. After a redrive the numbers start again.</summary>
    public required int Number { get; init; }

    /// <summary>Gets the moment at which it ended, by the clock of Redis.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Gets how it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>
    /// Gets the name of the consumer, as in <see cref="ConsumerRecord.Name"/>; <see langword="null"/> if it is not known.
    /// </summary>
    public string? Consumer { get; init; }

    /// <summary>Gets the type of the exception; <see langword="null"/> if there was none.</summary>
    public string? ErrorType { get; init; }

    /// <summary>
    /// Gets the message of the exception, on one line and with at most 1000 characters of type and message; <see langword="null"/> if there
    /// was none.
    /// </summary>
    public string? Message { get; init; }

    /// <summary>
    /// Gets the stack trace of the exception, at most 4 KiB in UTF-8; <see langword="null"/> if there was none, or
    /// <see cref="RedisTriggersOptions.RecordStackTraces"/> is off. If it has an inner exception, this is what its
    /// <see cref="object.ToString"/> says.
    /// </summary>
    public string? StackTrace { get; init; }
}
