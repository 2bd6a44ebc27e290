using Microsoft.Extensions.Options;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Exponential delays with full jitter: drawn evenly from 0 to a limit that doubles, so that what failed together does not come back
/// together.
/// </summary>
internal sealed class ExponentialRetryPolicy(IOptions<RedisTriggersOptions> options) : IRetryPolicy
{
    public TimeSpan? NextDelay(HandlerFailure failure) => NextDelay(failure.Failures, options.Value);

    public static TimeSpan? NextDelay(int failures, RedisTriggersOptions options) =>
        failures >= options.MaxAttempts ? null : Limit(failures, options) * Random.Shared.NextDouble();

    private static TimeSpan Limit(int failures, RedisTriggersOptions options)
    {
        var limit = options.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 40));
        return TimeSpan.FromMilliseconds(Math.Min(limit, options.MaxRetryDelay.TotalMilliseconds));
    }
}
