namespace EventTriggers.Triggers.Schedules;

/// <summary>Moments that recur, in unix ms, without any limits.</summary>
internal interface IRecurrence
{
    /// <summary>Gets the first moment after the given one.</summary>
    long? Next(long after);

    /// <summary>Counts the moments after the first and up to the second of two; <see langword="null"/> where each has to be looked at.</summary>
    long? Count(long after, long until);
}
