using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Finds, lists and stops bulk operations.</summary>
internal sealed class RedisOperationStore(Keyspace keyspace) : IOperationStore
{
    private const int MostListed = 200;

    /// <summary>Gets how long an ended operation is remembered.</summary>
    public static TimeSpan Retention { get; } = TimeSpan.FromDays(7);

    public async ValueTask<OperationRecord?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidOperationId(id);
        return (await ReadAsync(id, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
    }

    public async ValueTask<IReadOnlyList<OperationRecord>> ListAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(null, cancellationToken).ConfigureAwait(false);

    public async ValueTask<StopOutcome> StopAsync(string id, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidOperationId(id);
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        var outcomes = await Task.WhenAll(keyspace.Partitions.Select(partition => keyspace.Operations.RunAsync(
            new StopOperationRequest { Partition = partition, Id = id, Age = Retention }, deadline).AsTask())).ConfigureAwait(false);
        return outcomes.Min();
    }

    private async ValueTask<OperationRecord[]> ReadAsync(string? id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var found = await unread.ReadAllAsync(
            keyspace.Partitions,
            partition => keyspace.Operations.ReadAsync(
                "read operations", partition, new OperationsRequest { Partition = partition, Id = id, Most = MostListed }, deadline),
            cancellationToken).ConfigureAwait(false);
        return
        [
            .. found.SelectMany(static part => part).GroupBy(static one => one.Id, StringComparer.Ordinal)
                .Select(same => OperationHash.Join([.. same], unread.Partitions))
                .OrderByDescending(static one => one.StartedAt).ThenBy(static one => one.Id, StringComparer.Ordinal).Take(MostListed),
        ];
    }
}
