using System.Collections.Concurrent;
using System.Net;
using StackExchange.Redis;

namespace EventTriggers.Testing;

/// <summary>A Redis Cluster of a few processes: the primaries share the slots evenly, and replicas follow them in turn.</summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    private const int Slots = 16384;
    private static readonly TimeSpan FormLimit = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyDictionary<int, int> _busPorts;

    private ClusterProcesses(IReadOnlyDictionary<int, int> busPorts, IReadOnlyList<ServerProcess> nodes)
    {
        _busPorts = busPorts;
        Nodes = nodes;
    }

    /// <summary>Gets the nodes: first the primaries, then the replicas.</summary>
    public IReadOnlyList<ServerProcess> Nodes { get; }

    public string ConnectionString => string.Join(',', Nodes.Select(static node => node.ConnectionString));

    public static async Task<ClusterProcesses> StartAsync(int primaries, int replicas, CancellationToken cancellationToken)
    {
        var program = ServerSource.Installed;
        var busPorts = new ConcurrentDictionary<int, int>();
        var cluster = new ClusterProcesses(
            busPorts, await Task.WhenAll(Enumerable.Range(0, primaries + replicas).Select(_ => ServerProcess.StartAsync(
            program,
            (port, folder) =>
            [
                "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", string.Empty, "--appendonly", "yes",
                "--maxmemory-policy", "noeviction", "--daemonize", "no", "--cluster-enabled", "yes", "--cluster-port",
                $"{busPorts.GetOrAdd(port, static _ => ServerProcess.FreePort())}",
                "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0",
            ],
            cancellationToken))).ConfigureAwait(false));
        try
        {
            await cluster.FormAsync(primaries, cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command on one node.</summary>
    public static async Task<string> RunAsync(ServerProcess node, params object[] command)
    {
        var connection = await ConnectAsync(node).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await RunAsync(connection, node, command).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<string> RunAsync(ConnectionMultiplexer connection, ServerProcess node, object[] command) =>
        (string?)await connection.GetServer(IPAddress.Loopback, node.Port)
            .ExecuteAsync((string)command[0], command[1..]).ConfigureAwait(false)
            ?? string.Empty;

    // One node's view only: the client must not follow the cluster to nodes that are down.
    private static async Task<ConnectionMultiplexer> ConnectAsync(ServerProcess node)
    {
        var options = ConfigurationOptions.Parse(node.ConnectionString);
        options.AllowAdmin = true;
        return await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false);
    }

    private async Task FormAsync(int primaries, CancellationToken cancellationToken)
    {
        foreach (var (node, i) in Nodes.Select(static (node, i) => (node, i)))
        {
            if (i < primaries)
            {
                await RunAsync(
                    node, "CLUSTER", "ADDSLOTSRANGE", Slots * i / primaries, (Slots * (i + 1) / primaries) - 1).ConfigureAwait(false);
            }

            await RunAsync(node, "CLUSTER", "SET-CONFIG-EPOCH", i + 1).ConfigureAwait(false);
            if (i > 0)
            {
                await RunAsync(Nodes[0], "CLUSTER", "MEET", "127.0.0.1", node.Port, _busPorts[node.Port]).ConfigureAwait(false);
            }
        }

        await UntilAsync(
            async node => (await InfoAsync(node).ConfigureAwait(false))
                .Contains($"cluster_known_nodes:{Nodes.Count}", StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
        for (var i = primaries; i < Nodes.Count; i++)
        {
            var id = await RunAsync(Nodes[i % primaries], "CLUSTER", "MYID").ConfigureAwait(false);
            await RunAsync(Nodes[i], "CLUSTER", "REPLICATE", id).ConfigureAwait(false);
        }

        await UntilAsync(async node => (await InfoAsync(node).ConfigureAwait(false)) is var info
            && info.Contains("cluster_state:ok", StringComparison.Ordinal)
            && info.Contains($"cluster_size:{primaries}", StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
    }

    private static Task<string> InfoAsync(ServerProcess node) => RunAsync(node, "CLUSTER", "INFO");

    private async Task UntilAsync(Func<ServerProcess, Task<bool>> holds, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(FormLimit);
        foreach (var node in Nodes)
        {
            while (!await holds(node).ConfigureAwait(false))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token).ConfigureAwait(false);
            }
        }
    }
}
