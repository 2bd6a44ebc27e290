namespace EventTriggers;

/// <summary>Consumes events and fires due triggers for as long as the host runs.</summary>
public interface IConsumerLoop
{
    /// <summary>
    /// Gets what the loop knows about itself, for health checks and for your own monitoring. It never asks Redis, and may be read at any
    /// time on any thread.
    /// </summary>
    /// <value>The default for a loop of your own is <see cref="ConsumerLoopStatus.Unknown"/>.</value>
    ConsumerLoopStatus Status => ConsumerLoopStatus.Unknown;

    /// <summary>Runs until <paramref name="stoppingToken"/> is canceled, then drains and returns.</summary>
    /// <remarks>
    /// <para>
    /// While it drains, the loop claims no more deliveries and waits for running handlers, up to
    /// <see cref="RedisTriggersOptions.DrainTimeout"/>. Then it cancels their tokens and releases the deliveries that are left, so that
    /// other processes get them immediately. Faults of Redis do not end the loop.
    /// </para>
    /// <para>
    /// Handlers and declared triggers are checked here, before anything is consumed. A process that only publishes has neither: its options
    /// are checked when its generic host starts or its first service is resolved, its server at the first call, and each event when it is
    /// published.
    /// </para>
    /// </remarks>
    /// <param name="stoppingToken">Canceled when the host stops.</param>
    /// <returns>A task that completes without an exception when everything is drained.</returns>
    /// <exception cref="InvalidOperationException">
    /// The loop is already running, or a declared trigger or a handler of this host cannot work; the message names each of them.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">
    /// The server or the keys of the prefix cannot be used by this process.
    /// </exception>
    Task RunAsync(CancellationToken stoppingToken);
}
