using EventTriggers.Testing;

namespace EventTriggers.Faults;

/// <summary>The slots of a cluster of three primaries.</summary>
internal static class ClusterSlots
{
    /// <summary>Moves a slot, key by key, as an operator does.</summary>
    /// <returns>How many keys it held.</returns>
    public static async Task<int> MoveAsync(ClusterProcesses cluster, int slot, int from, int to)
    {
        var (source, target) = (cluster.Nodes[from], cluster.Nodes[to]);
        var (sourceId, targetId) = (
            await ClusterProcesses.RunAsync(source, "CLUSTER", "MYID"), await ClusterProcesses.RunAsync(target, "CLUSTER", "MYID"));
        await ClusterProcesses.RunAsync(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", sourceId);
        await ClusterProcesses.RunAsync(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", targetId);
        var moved = 0;
        await using var connection = await OwnRedis.ConnectAsync(source.ConnectionString, admin: true);
        var server = connection.GetServer("127.0.0.1", source.Port);
        while ((string[]?)await server.ExecuteAsync("CLUSTER", "GETKEYSINSLOT", slot, 20) is { Length: > 0 } keys)
        {
            await server.ExecuteAsync("MIGRATE", ["127.0.0.1", target.Port, string.Empty, 0, 5000, "KEYS", .. keys]);
            moved += keys.Length;
        }

        foreach (var node in (ServerProcess[])[target, source, cluster.Nodes[3 - from - to]])
        {
            await ClusterProcesses.RunAsync(node, "CLUSTER", "SETSLOT", slot, "NODE", targetId);
        }

        return moved;
    }
}
