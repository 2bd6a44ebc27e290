using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// Runs a part of a round that a server may refuse: a server that is full, or may not write, still lets claimed work be finished, so only
/// that part waits. The state is logged when it begins and when it ends.
/// </summary>
internal sealed class WriteGate(Partition partition, ILogger logger)
{
    private bool _isOn;

    /// <summary>Runs it.</summary>
    /// <param name="duty">The part that the server may refuse.</param>
    /// <returns><see langword="false"/> when the server refused it.</returns>
    public async ValueTask<bool> TryAsync(Func<ValueTask> duty)
    {
        try
        {
            await duty().ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.Classify(e) == RedisFailure.Refused)
        {
            if (!_isOn)
            {
                logger.WritesRefused(e, partition.Index);
            }

            _isOn = true;
            return false;
        }

        if (_isOn)
        {
            logger.RedisAvailable(partition.Index);
        }

        _isOn = false;
        return true;
    }
}
