namespace EventTriggers;

/// <summary>Repeats a call for as long as a repeat may help and time is left.</summary>
internal sealed class Patience(TimeProvider timeProvider)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>Gets the local timestamp.</summary>
    public long Now => timeProvider.GetTimestamp();

    /// <summary>Gets how long ago a local timestamp was.</summary>
    public TimeSpan Since(long timestamp) => timeProvider.GetElapsedTime(timestamp);

    /// <summary>Calls until it succeeds.</summary>
    /// <param name="what">Names the operation in the exception.</param>
    /// <param name="limit">How long to keep trying.</param>
    /// <param name="call">The call; safe to repeat, whether or not it took effect.</param>
    /// <param name="changes">Whether the call changes something.</param>
    /// <param name="retryRefused">Whether to go on while the server refuses to write; else whoever waits should know at once.</param>
    /// <exception cref="StoreUnavailableException">Redis refused it, or did not confirm it in time.</exception>
    public async ValueTask<T> RunAsync<T>(string what, TimeSpan limit, Func<ValueTask<T>> call, bool changes = true, bool retryRefused = false)
    {
        var started = timeProvider.GetTimestamp();
        var mayHaveHappened = false;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (Exception e) when (RedisFailures.IsRedis(e))
            {
                var failure = RedisFailures.Classify(e);
                mayHaveHappened |= changes && failure is RedisFailure.Unknown or RedisFailure.Fatal;
                if (failure == RedisFailure.Fatal || (failure == RedisFailure.Refused && !retryRefused) || timeProvider.GetElapsedTime(started) >= limit)
                {
                    throw Unavailable(what, failure, limit, mayHaveHappened, e);
                }
            }

            await Task.Delay(Backoff(attempt), timeProvider, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Gets how long to wait before the next attempt: exponential with full jitter, so that hosts do not come back in step.</summary>
    public static TimeSpan Backoff(int attempt)
    {
        var limit = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)));
        return TimeSpan.FromMilliseconds(1 + (Random.Shared.NextDouble() * limit));
    }

    private static StoreUnavailableException Unavailable(string what, RedisFailure failure, TimeSpan limit, bool mayHaveHappened, Exception last)
    {
        var why = failure is RedisFailure.Refused or RedisFailure.Fatal ? "Redis refused it" : $"Redis did not confirm it within {limit}";
        var effect = mayHaveHappened ? "it may have taken effect" : "nothing was changed";
        return new StoreUnavailableException($"Could not {what}: {why}; {effect}. {last.Message}", mayHaveHappened, last);
    }
}
