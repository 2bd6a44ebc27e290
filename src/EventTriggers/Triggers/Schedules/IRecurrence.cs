namespace EventTriggers.Triggers.Schedules;

/// <summary>Moments that recur without a beginning or an end, in unix ms.</summary>
internal interface IRecurrence
{
    /// <summary>Gets the first moment after the given one.</summary>
    long? Next(long after);

    /// <summary>
    /// Counts the moments after <paramref name="after"/> up to <paramref name="until"/>; <see langword="null"/> when only enumeration can
    /// tell.
    /// </summary>
    long? Count(long after, long until);
}
