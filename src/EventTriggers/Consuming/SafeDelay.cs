namespace EventTriggers.Consuming;

/// <summary>Waits on the way of a loop, which goes on whatever happens.</summary>
internal static class SafeDelay
{
    /// <summary>Waits until the time is over or the token is cancelled; it never throws. Where a host's clock throws, the machine's own has to do.</summary>
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
