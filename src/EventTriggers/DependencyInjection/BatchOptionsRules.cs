namespace EventTriggers.DependencyInjection;

/// <summary>Checks the options of one batch handler, where they are set.</summary>
internal static class BatchOptionsRules
{
    private const int MostEvents = 1000;

    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(10);

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static void ThrowIfInvalid(BatchOptions options, string parameter)
    {
        if (options.MaxSize is < 1 or > MostEvents)
        {
            throw new ArgumentOutOfRangeException(
                parameter, options.MaxSize, $"MaxSize must be between 1 and {MostEvents}, but is {options.MaxSize}.");
        }

        if (options.MaxWait < LeastWait || options.MaxWait > MostWait)
        {
            throw new ArgumentOutOfRangeException(
                parameter, options.MaxWait, $"MaxWait must be between {LeastWait} and {MostWait}, but is {options.MaxWait}.");
        }
    }
}
