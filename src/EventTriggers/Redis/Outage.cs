using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// Logs calls that Redis does not answer: the first at once, then at most one a minute, and the first call to the same place that succeeds
/// again.
/// </summary>
internal sealed class Outage(TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private volatile Exception? _last;
    private volatile bool _isOn;
    private RedisKey _where;
    private long _loggedAt;

    /// <summary>Gets the last failure.</summary>
    public Exception? Last => _last;

    public void Note(RetriedCall call, Exception failure, TimeSpan limit)
    {
        _last = failure;
        lock (_lock)
        {
            if (_isOn && timeProvider.GetElapsedTime(_loggedAt) < Silence)
            {
                return;
            }

            // With several servers, an answer from one says nothing about another.
            (_loggedAt, _where, _isOn) = (timeProvider.GetTimestamp(), call.Key, true);
        }

        logger.RedisNotAnswering(
            call.What, Excerpt.Of(Failures.MessageOf(failure)), limit == TimeSpan.MaxValue ? "until Redis answers" : $"for {limit} in all");
    }

    public void End(RetriedCall call)
    {
        if (!_isOn)
        {
            return;
        }

        lock (_lock)
        {
            if (!_isOn || call.Key != _where)
            {
                return;
            }

            _isOn = false;
        }

        logger.RedisAnswering(call.What);
    }
}
