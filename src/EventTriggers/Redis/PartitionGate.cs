using Microsoft.Extensions.Logging;

namespace EventTriggers.Redis;

/// <summary>
/// Opens before the first use of a partition: its server must be usable, and every process that shares the prefix must mean the same keys.
/// Each partition is asked by itself, so that one whose server is away holds up no other.
/// </summary>
internal sealed class PartitionGate(Keyspace keyspace, Partition partition, ILogger logger, CancellationToken disposed)
{
    private readonly PrefixCheck _check = new(keyspace, partition);
    private readonly Lock _lock = new();
    private Task? _opening;
    private volatile bool _isOpen;

    /// <summary>Gets the probe of the partition's server.</summary>
    public ServerProbe Probe { get; } = new(keyspace, partition, logger);

    /// <summary>Gets a value indicating whether the partition can be used.</summary>
    public bool IsOpen => _isOpen;

    /// <summary>
    /// Waits until the partition can be used. One attempt serves all callers and lasts as long as it takes; each caller waits for its own
    /// time.
    /// </summary>
    /// <param name="what">Names the call in exceptions.</param>
    /// <param name="deadline">The call's time.</param>
    /// <param name="changes">Whether the call changes something.</param>
    /// <exception cref="IncompatibleStoreException">The server is not usable, or the prefix is in use with another number of partitions or
    /// another schema.</exception>
    /// <exception cref="StoreUnavailableException">Whether it can be used is not known in time.</exception>
    public ValueTask OpenAsync(string what, Deadline deadline, bool changes = true) =>
        _isOpen ? ValueTask.CompletedTask : WaitAsync(new RetriedCall(what, partition.Keys.Root) { Changes = changes }, deadline);

    /// <summary>Compares what the prefix was made with, and writes it where the server has forgotten it.</summary>
    /// <exception cref="IncompatibleStoreException">The prefix is in use with another number of partitions or another schema.</exception>
    public ValueTask CheckAsync() => _check.RunAsync(keyspace.Begin());

    private async ValueTask WaitAsync(RetriedCall call, Deadline deadline)
    {
        deadline.Token.ThrowIfCancellationRequested();
        try
        {
            await Opening().WaitAsync(deadline.Left, TimeProvider.System, deadline.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw keyspace.Retry.Unavailable(call, deadline.Limit);
        }
    }

    private Task Opening()
    {
        lock (_lock)
        {
            return _opening is { IsCompleted: false } ? _opening : _opening = OpenAsync();
        }
    }

    private async Task OpenAsync()
    {
        var deadline = keyspace.Retry.Begin(TimeSpan.MaxValue, disposed);
        await keyspace.Retry.ConnectAsync(_check.Call, deadline).ConfigureAwait(false);
        await Probe.RunOnceAsync().ConfigureAwait(false);
        await _check.RunAsync(deadline).ConfigureAwait(false);
        _isOpen = true;
    }
}
