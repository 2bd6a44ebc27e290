using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>Asks the server of each partition what it says of itself.</summary>
internal sealed class RedisServerStore(Keyspace keyspace) : IServerStore
{
    public async ValueTask<IReadOnlyList<ServerRecord>> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await Task.WhenAll(keyspace.Partitions.Select(partition => ReadAsync(partition, deadline)))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    internal static ServerRecord From(int partition, ProbeReply reply)
    {
        var (server, memory, persistence) = (reply.Server, reply.Memory, reply.Persistence);
        string[] written = ["rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status"];
        string[] outcomes = [.. written.Select(field => InfoText.Find(persistence, field)).OfType<string>()];
        return new ServerRecord
        {
            Partition = partition,
            Product = InfoText.IsGarnet(server) ? "garnet"
                : InfoText.Find(server, "server_name") ?? (server.Length > 0 ? "redis" : null),
            Version = InfoText.Find(server, "garnet_version") ?? InfoText.Find(server, "valkey_version")
                ?? InfoText.Find(server, "redis_version"),
            Uptime = InfoText.FindNumber(server, "uptime_in_seconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Role = InfoText.Find(reply.Replication, "role"),
            Replicas = (int?)InfoText.FindNumber(reply.Replication, "connected_slaves"),
            UsedMemoryBytes = InfoText.FindNumber(memory, "used_memory"),
            MaxMemoryBytes = InfoText.FindNumber(memory, "maxmemory"),
            EvictionPolicy = InfoText.Find(memory, "maxmemory_policy"),
            HasAppendOnlyFile = InfoText.Find(persistence, "aof_enabled") is { } isOn ? isOn != "0" : null,
            LastSnapshotAt = InfoText.FindNumber(persistence, "rdb_last_save_time") is { } at
                ? UnixTime.ToDateTimeOffset(at * 1000) : null,
            HasFailedToPersist = outcomes.Length > 0 ? outcomes.Any(static outcome => outcome != "ok") : null,
            RefusedCommands = reply.Refused,
        };
    }

    // One that does not answer must not hide the others.
    private async Task<ServerRecord> ReadAsync(Partition partition, Deadline deadline)
    {
        try
        {
            var reply = await keyspace.Operations.ReadAsync(
                "read the server", partition, new ProbeRequest { Partition = partition, Expected = [] }, deadline).ConfigureAwait(false);
            return From(partition.Index, reply);
        }
        catch (StoreUnavailableException e)
        {
            return new ServerRecord { Partition = partition.Index, Failure = Failures.MessageOf(e) };
        }
    }
}
