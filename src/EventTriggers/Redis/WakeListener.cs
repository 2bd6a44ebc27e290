using EventTriggers.Consuming;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>Listens to a channel of one partition. A message is a hint: losing one costs a poll, never an event.</summary>
internal sealed class WakeListener(Keyspace keyspace, string channel, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    // In a cluster, on the node that has the partition: the failure of another node cannot silence it.
    private readonly RedisChannel _channel = RedisChannel.Literal(channel).WithKeyRouting();
    private bool _isDown;
    private volatile bool _isListening;

    // The client knows only whether the connection is up, which it may be although subscribing was refused.
    public bool IsUp => _isListening && keyspace.Connection.GetSubscriber().IsConnected(_channel);

    /// <summary>Calls back with each message until it is stopped, and once with '' when it has begun to listen.</summary>
    public async Task RunAsync(Action<string> heard, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(heard, stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The edge: without the channel the loop polls, so listening is tried again whatever went wrong.
                if (!_isDown)
                {
                    logger.WakeChannelDisconnected(e, keyspace.Options.PollIntervalWhenDisconnected);
                }

                _isDown = true;
            }

            await SafeDelay.ForAsync(RetryPause, timeProvider, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(Action<string> heard, CancellationToken stoppingToken)
    {
        // The queue form keeps the order, and can be ended without removing the host's own handlers of the channel.
        var subscribing = keyspace.Connection.GetSubscriber().SubscribeAsync(_channel);
        var queue = await subscribing.WaitAsync(stoppingToken).ConfigureAwait(false);
        try
        {
            (_isDown, _isListening) = (false, true);
            heard(string.Empty);
            while (true)
            {
                var message = await queue.ReadAsync(stoppingToken).ConfigureAwait(false);
                heard(message.Message.ToString());
            }
        }
        finally
        {
            _isListening = false;

            // A server that does not answer must not hold up a stopping host.
            await queue.UnsubscribeAsync().WaitAsync(ShutdownTimeout, timeProvider, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
