namespace EventTriggers.DependencyInjection;

/// <summary>Checks the options of one handler, where they are set.</summary>
internal static class HandlerOptionsRules
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromDays(1);

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static void ThrowIfInvalid(HandlerOptions options, string parameter)
    {
        if (options.WhenLeaseIsInDoubt is { } doubt && !Enum.IsDefined(doubt))
        {
            throw new ArgumentOutOfRangeException(
                parameter, doubt,
                $"WhenLeaseIsInDoubt must be one of {string.Join(", ", Enum.GetNames<LeaseDoubt>())}, or null, but is {doubt}.");
        }

        if (options.MaxAttempts is < 1 or > 1000)
        {
            throw new ArgumentOutOfRangeException(
                parameter, options.MaxAttempts, $"MaxAttempts must be between 1 and 1000, or null, but is {options.MaxAttempts}.");
        }

        if (options.Timeout is { } timeout && timeout != System.Threading.Timeout.InfiniteTimeSpan && (timeout < Least || timeout > Most))
        {
            throw new ArgumentOutOfRangeException(
                parameter, timeout, $"Timeout must be between {Least} and {Most}, Timeout.InfiniteTimeSpan, or null, but is {timeout}.");
        }
    }
}
