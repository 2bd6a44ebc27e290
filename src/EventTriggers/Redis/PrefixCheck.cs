using System.Globalization;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis;

/// <summary>
/// Compares what a partition was made with, its schema and the number of partitions, with what this process means. Processes that disagree
/// would not find each other's keys.
/// </summary>
internal sealed class PrefixCheck(Keyspace keyspace, Partition partition)
{
    // Version of keys and scripts. Raise it when a process of the old version must not share keys with one of the new.
    private const int Schema = 4;

    /// <summary>Gets the call that reads it.</summary>
    public RetriedCall Call { get; } = new("read what the prefix was made with", partition.Keys.Root);

    /// <summary>Compares, and writes where the server has nothing.</summary>
    /// <exception cref="IncompatibleStoreException">The prefix is in use with another number of partitions or another schema.</exception>
    public async ValueTask RunAsync(Deadline deadline)
    {
        if (await CompareAsync(deadline, writes: false).ConfigureAwait(false))
        {
            return;
        }

        // The partition is new, or it came back empty. A process that means fewer partitions has not used it either: the others must agree
        // before it is made.
        await Task.WhenAll(keyspace.Partitions.Where(other => other != partition)
            .Select(other => new PrefixCheck(keyspace, other).CompareAsync(deadline, writes: false).AsTask())).ConfigureAwait(false);
        await CompareAsync(deadline, writes: true).ConfigureAwait(false);
    }

    // False where there is nothing to compare.
    private async ValueTask<bool> CompareAsync(Deadline deadline, bool writes)
    {
        var meta = new MetaRequest { Partition = partition, Schema = Schema, Partitions = keyspace.Options.Partitions, Writes = writes };
        if (await keyspace.Retry.RunAsync(
            Call with { Changes = writes }, deadline, () => keyspace.Scripts.RunAsync(meta)).ConfigureAwait(false) is not { } stored)
        {
            return false;
        }

        ThrowIfOther(stored.Schema, Schema, "schema version");
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
