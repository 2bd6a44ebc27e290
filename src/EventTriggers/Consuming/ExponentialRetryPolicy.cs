using Microsoft.Extensions.Options;

namespace EventTriggers;

/// <summary>Exponential delays with full jitter: drawn evenly from 0 to a limit that doubles, so that what failed together does not come back together.</summary>
internal sealed class ExponentialRetryPolicy(IOptions<RedisTriggersOptions> options) : IRetryPolicy
{
    public TimeSpan? NextDelay(HandlerFailure failure) =>
        failure.Failures >= options.Value.MaxAttempts ? null : Limit(failure.Failures) * Random.Shared.NextDouble();

    private TimeSpan Limit(int failures)
    {
        var limit = options.Value.RetryDelay.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 40));
        return TimeSpan.FromMilliseconds(Math.Min(limit, options.Value.MaxRetryDelay.TotalMilliseconds));
    }
}
