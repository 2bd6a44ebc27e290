namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Exponential delays with full jitter: drawn evenly from 0 to a limit that doubles, so that what failed together does not come back
/// together.
/// </summary>
internal static class ExponentialBackoff
{
    /// <param name="failures">How many attempts have failed.</param>
    /// <param name="maxAttempts">After how many there is no further one.</param>
    /// <param name="settings">The first and the longest limit.</param>
    public static TimeSpan? NextDelay(int failures, int maxAttempts, GroupSettings settings) =>
        failures >= maxAttempts ? null : Limit(failures, settings) * Random.Shared.NextDouble();

    private static TimeSpan Limit(int failures, GroupSettings settings)
    {
        var limit = settings.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 40));
        return TimeSpan.FromMilliseconds(Math.Min(limit, settings.MaxRetryDelay.TotalMilliseconds));
    }
}
