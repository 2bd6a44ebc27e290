namespace EventTriggers;

/// <summary>Consumes events and advances triggers for as long as the host wants.</summary>
public interface IConsumerLoop
{
    /// <summary>Runs until <paramref name="stoppingToken"/> is cancelled, then drains and returns.</summary>
    /// <remarks>
    /// Draining claims nothing more, lets running handlers finish within <see cref="RedisTriggersOptions.DrainTimeout"/>, then cancels
    /// their tokens and gives what is left back, so that others get it at once. Faults of Redis do not end the loop.
    /// <para>Handlers and declared triggers are checked here, before anything is consumed. A process that only publishes has nothing of
    /// that kind: its options are checked when its generic host starts, or its first service is resolved, its server at the first call, and
    /// each event when it is published.</para>
    /// </remarks>
    /// <param name="stoppingToken">Cancelled when the host stops.</param>
    /// <returns>A task that completes, without an exception, when everything is drained.</returns>
    /// <exception cref="InvalidOperationException">
    /// The loop is already running, or a declared trigger or a handler of this host cannot work; the message names each of them.
    /// </exception>
    /// <exception cref="IncompatibleStoreException">The server or the keys of the prefix cannot be used by this process.</exception>
    Task RunAsync(CancellationToken stoppingToken);
}
