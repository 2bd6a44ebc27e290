namespace EventTriggers.Consuming;

/// <summary>Waits in a loop that goes on whatever happens.</summary>
internal static class SafeDelay
{
    /// <summary>
    /// Waits until the time is over or the token is canceled; it never throws. Where the host's clock throws, the machine's own clock is
    /// used.
    /// </summary>
    public static async Task ForAsync(TimeSpan time, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(time, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception)
        {
            await Task.Delay(time, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
