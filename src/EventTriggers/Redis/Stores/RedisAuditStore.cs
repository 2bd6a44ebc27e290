using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

internal sealed class RedisAuditStore(Keyspace keyspace) : IAuditStore
{
    // As the script keeps them.
    private const int MaxEntries = 1000;

    private Partition Home => keyspace.Partitions[0];

    public async ValueTask AddAsync(AuditEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ThrowIfEmpty(entry.Action, "The action of an audit entry", nameof(entry));
        ThrowIfEmpty(entry.Target, "The target of an audit entry", nameof(entry));
        EventTexts.CheckNote(entry.Action, 100, "The action of an audit entry", nameof(entry));
        EventTexts.CheckNote(entry.Target, 300, "The target of an audit entry", nameof(entry));
        EventTexts.CheckNote(entry.By, 200, "The name in an audit entry", nameof(entry));
        EventTexts.CheckNote(entry.Outcome, 100, "The outcome of an audit entry", nameof(entry));
        EventTexts.CheckNote(entry.Details, 1500, "The details of an audit entry", nameof(entry));
        cancellationToken.ThrowIfCancellationRequested();
        await keyspace.Operations.RunAsync(
            new AddAuditRequest { Partition = Home, Entry = AuditText.Write(entry) }, keyspace.Begin(cancellationToken))
            .ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<AuditRecord>> ListAsync(int limit = 100, CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > MaxEntries)
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"The limit must be 1 to {MaxEntries}, but is {limit}.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var entries = await keyspace.Operations.ReadIndexAsync(
            "list the audit entries", Home, Home.Keys.Audit,
            database => database.ListRangeAsync(Home.Keys.Audit, 0, limit - 1, CommandFlags.DemandMaster),
            keyspace.Begin(cancellationToken)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. entries.Select(static entry => AuditText.Read(entry.ToString()))];
    }

    private static void ThrowIfEmpty(string text, string what, string parameter)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentException($"{what} must not be empty.", parameter);
        }
    }
}
