using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Begins bulk operations in every partition.</summary>
internal sealed class OperationWriter(Keyspace keyspace)
{
    private const int MaxRate = 1_000_000;
    private const int MaxByLength = 200;

    /// <summary>Begins an operation.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="query">What it is done to, in words.</param>
    /// <param name="filters">The same, as fields of its hash in a partition.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>Its id.</returns>
    public async ValueTask<string> StartAsync(
        OperationKind kind, string query, Func<Partition, IEnumerable<(string Field, RedisValue Value)>> filters,
        BulkOptions? options, CancellationToken cancellationToken)
    {
        Check(options);
        cancellationToken.ThrowIfCancellationRequested();
        var (id, deadline) = (options?.Id ?? IdGenerator.Next(), keyspace.Begin(cancellationToken));
        (string, RedisValue)[] FieldsIn(Partition partition) =>
        [
            ("kind", OperationHash.WordOf(kind)), ("query", query), .. filters(partition).Where(static one => one.Value.Length() > 0),
            .. FieldsOf(options),
        ];
        var starts = keyspace.Partitions.Select(partition => keyspace.Operations.RunAsync(
            new StartOperationRequest { Partition = partition, Id = id, Fields = FieldsIn(partition) }, deadline).AsTask()).ToArray();
        Task all = Task.WhenAll(starts);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ThrowUnlessStarted(id, starts);
        return (await Task.WhenAll(starts).ConfigureAwait(false)).Contains(false)
            ? throw new InvalidOperationException(
                $"Operation '{id}' exists, and does something else; use another {nameof(BulkOptions.Id)}.")
            : id;
    }

    // Each partition has an equal share of the rate.
    private IEnumerable<(string Field, RedisValue Value)> FieldsOf(BulkOptions? options)
    {
        if (options?.RatePerSecond is { } rate)
        {
            yield return ("rate", rate);
            yield return ("every", keyspace.Partitions.Count * 1_000_000L / rate);
        }

        if (!string.IsNullOrEmpty(options?.By))
        {
            yield return ("by", options.By);
        }
    }

    private static void Check(BulkOptions? options)
    {
        if (options?.Id is not null)
        {
            NameRules.ThrowIfInvalidOperationId(options.Id, nameof(options));
        }

        EventTexts.CheckNote(options?.By, MaxByLength, "The name of who begins an operation", nameof(options));
        if (options?.RatePerSecond is < 1 or > MaxRate)
        {
            throw new ArgumentException(
                $"{nameof(BulkOptions.RatePerSecond)} must be 1 to {MaxRate}, but is {options.RatePerSecond}.", nameof(options));
        }
    }

    // The id is in the message, because the operation may have begun.
    private static void ThrowUnlessStarted(string id, Task<bool>[] starts)
    {
        var missing = starts.Index().Where(static start => start.Item.Exception?.InnerException is StoreUnavailableException).ToArray();
        if (missing.Length > 0)
        {
            var cause = (StoreUnavailableException)missing[0].Item.Exception!.InnerException!;
            var mayHaveHappened = missing.Length < starts.Length
                || missing.Any(static one => one.Item.Exception!.InnerException is StoreUnavailableException { MayHaveHappened: true });
            throw new StoreUnavailableException(
                $"Operation '{id}' was not confirmed by partition {string.Join(", ", missing.Select(static one => one.Index))}"
                + $"{(mayHaveHappened ? ", but may have begun: begin it again with this id" : string.Empty)}. {Failures.MessageOf(cause)}",
                mayHaveHappened, cause);
        }
    }
}
