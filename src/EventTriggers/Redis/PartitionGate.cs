using System.Globalization;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Redis;

/// <summary>
/// What stands before the first use of a partition: its server must be one that can be worked with, and everybody who shares the prefix must mean the same keys. Each partition is asked
/// by itself, so that one whose server is away keeps nobody from the others.
/// </summary>
internal sealed class PartitionGate(Keyspace keyspace, Partition partition, ILogger logger, CancellationToken disposed)
{
    private readonly Lock _lock = new();
    private Task? _opening;
    private volatile bool _isOpen;

    /// <summary>Gets what looks at the partition's server.</summary>
    public ServerProbe Probe { get; } = new(keyspace, partition, logger);

    /// <summary>Waits until the partition can be used. However many callers wait, it is asked once, for as long as it takes; each waits for its own time.</summary>
    /// <param name="what">Names the call in exceptions.</param>
    /// <param name="deadline">The call's time.</param>
    /// <exception cref="IncompatibleStoreException">The server cannot be worked with, or the prefix is in use with another number of partitions or another schema.</exception>
    /// <exception cref="StoreUnavailableException">It is not known in time.</exception>
    public ValueTask OpenAsync(string what, Deadline deadline) => _isOpen ? ValueTask.CompletedTask : WaitAsync(what, deadline);

    /// <summary>Compares what the prefix was made with here, and writes it where the server has forgotten it.</summary>
    /// <exception cref="IncompatibleStoreException">The prefix is in use with another number of partitions or another schema.</exception>
    public async ValueTask CheckAsync() => await CheckAsync(keyspace.Begin()).ConfigureAwait(false);

    private async ValueTask WaitAsync(string what, Deadline deadline)
    {
        deadline.Token.ThrowIfCancellationRequested();
        try
        {
            await Opening().WaitAsync(deadline.Left, TimeProvider.System, deadline.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw keyspace.Patience.Unavailable(what, deadline.Limit);
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
        var deadline = keyspace.Patience.Begin(TimeSpan.MaxValue, disposed);
        await keyspace.Patience.ConnectAsync(Call, deadline).ConfigureAwait(false);
        await Probe.RunOnceAsync().ConfigureAwait(false);
        await CheckAsync(deadline).ConfigureAwait(false);
        _isOpen = true;
    }

    private RetriedCall Call => new("read what the prefix was made with", partition.Keys.Root);

    private async ValueTask CheckAsync(Deadline deadline)
    {
        if (await CheckAsync(deadline, writes: false).ConfigureAwait(false))
        {
            return;
        }

        // Nobody has used this partition, or it came back empty. Whoever means fewer partitions has not used it either: the others must agree before it is made.
        await Task.WhenAll(keyspace.Partitions.Where(other => other != partition).Select(other => keyspace.GateOf(other).CheckAsync(deadline, writes: false).AsTask())).ConfigureAwait(false);
        await CheckAsync(deadline, writes: true).ConfigureAwait(false);
    }

    // Whether there is anything to compare.
    private async ValueTask<bool> CheckAsync(Deadline deadline, bool writes)
    {
        var meta = new MetaRequest { Partition = partition, Schema = Keyspace.Schema, Partitions = keyspace.Options.Partitions, Writes = writes };
        if (await keyspace.Patience.RunAsync(Call with { Changes = writes }, deadline, () => keyspace.Scripts.RunAsync(meta)).ConfigureAwait(false) is not { } stored)
        {
            return false;
        }

        ThrowIfOther(stored.Schema, Keyspace.Schema, "schema version");
        ThrowIfOther(stored.Partitions, keyspace.Options.Partitions, "number of partitions");
        return true;
    }

    private void ThrowIfOther(string stored, int ours, string what)
    {
        if (stored != ours.ToString(CultureInfo.InvariantCulture))
        {
            throw new IncompatibleStoreException(
                $"The keys under prefix '{keyspace.Options.KeyPrefix}' were made with {what} {stored}, but this process has {ours}. "
                + $"Use the same everywhere, or another KeyPrefix. ('{partition.Keys.Meta}' in Redis holds it.)");
        }
    }
}
