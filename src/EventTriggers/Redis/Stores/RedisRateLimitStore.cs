using EventTriggers.DependencyInjection;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Lists and changes rate limits, each in the partition that keeps it; and limits by key, whose numbers are kept in every partition.
/// </summary>
internal sealed class RedisRateLimitStore(Keyspace keyspace) : IRateLimitStore
{
    private const int MaxByLength = 200;

    public async ValueTask<RateLimitList> ListAsync(string? group = null, CancellationToken cancellationToken = default)
    {
        if (group is not null)
        {
            NameRules.ThrowIfInvalidGroup(group);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var found = await unread.ReadAllAsync(
            keyspace.Partitions,
            partition => keyspace.Operations.ReadAsync(
                "list limits", partition, new RateLimitsRequest { Partition = partition, Now = keyspace.PinnedNow, Group = group },
                deadline),
            cancellationToken).ConfigureAwait(false);
        return new RateLimitList
        {
            Limits =
            [
                .. found.SelectMany(static limits => limits).GroupBy(static limit => limit.Name, StringComparer.Ordinal)
                    .Select(static same => same.MaxBy(static limit => limit.SetAt ?? DateTimeOffset.MinValue)!)
                    .OrderBy(static limit => limit.Name, StringComparer.Ordinal),
            ],
            UnreadPartitions = unread.Partitions,
        };
    }

    public ValueTask<ChangeOutcome> SetAsync(
        string name, LimitOptions limit, string? by = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limit);
        RateLimitRules.Check(limit, nameof(limit));
        EventTexts.CheckNote(by, MaxByLength, "The name of who sets a limit", nameof(by));
        return ChangeAsync(name, limit, by, cancellationToken);
    }

    public ValueTask<ChangeOutcome> ResetAsync(string name, CancellationToken cancellationToken = default) =>
        ChangeAsync(name, limit: null, by: null, cancellationToken);

    private async ValueTask<ChangeOutcome> ChangeAsync(string name, LimitOptions? limit, string? by, CancellationToken cancellationToken)
    {
        NameRules.ThrowIfInvalidStoredLimit(name, nameof(name));
        cancellationToken.ThrowIfCancellationRequested();
        if (name.StartsWith(LimitOptions.KeyPrefix, StringComparison.Ordinal))
        {
            return await ChangeKeyLimitAsync(name[LimitOptions.KeyPrefix.Length..], limit, by, cancellationToken).ConfigureAwait(false);
        }

        return await keyspace.Operations.RunAsync(
            new SetRateLimitRequest { Partition = keyspace.PartitionOf(name), Name = name, Limit = limit, By = by ?? string.Empty },
            keyspace.Begin(cancellationToken)).ConfigureAwait(false);
    }

    // All partitions at the same time: each has keys of the group. One that does not know of the limit, because it has lost its data or was
    // away when hosts asked for one, keeps the numbers for the next host.
    private async ValueTask<ChangeOutcome> ChangeKeyLimitAsync(
        string group, LimitOptions? limit, string? by, CancellationToken cancellationToken)
    {
        var deadline = keyspace.Begin(cancellationToken);
        var outcomes = await ChangeAsync(keyspace.Partitions, isKnown: false).ConfigureAwait(false);
        if (!outcomes.Contains(ChangeOutcome.Done))
        {
            return ChangeOutcome.NotFound;
        }

        await ChangeAsync(keyspace.Partitions.Where(partition => outcomes[partition.Index] != ChangeOutcome.Done), isKnown: true)
            .ConfigureAwait(false);
        return ChangeOutcome.Done;

        // Each is awaited, also where another one fails.
        Task<ChangeOutcome[]> ChangeAsync(IEnumerable<Partition> partitions, bool isKnown) => Task.WhenAll(partitions.Select(partition =>
            keyspace.Operations.RunAsync(
                new SetKeyLimitRequest { Partition = partition, Group = group, Limit = limit, By = by ?? string.Empty, IsKnown = isKnown },
                deadline).AsTask()));
    }
}
