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

    // All partitions at the same time: each has keys of the group. Each is awaited, also where another one fails.
    private async ValueTask<ChangeOutcome> ChangeKeyLimitAsync(
        string group, LimitOptions? limit, string? by, CancellationToken cancellationToken)
    {
        var deadline = keyspace.Begin(cancellationToken);
        var outcomes = await Task.WhenAll(keyspace.Partitions.Select(partition => keyspace.Operations.RunAsync(
            new SetKeyLimitRequest { Partition = partition, Group = group, Limit = limit, By = by ?? string.Empty }, deadline).AsTask()))
            .ConfigureAwait(false);
        return outcomes.Contains(ChangeOutcome.Done) ? ChangeOutcome.Done : ChangeOutcome.NotFound;
    }
}
