using System.Reflection;
using Testcontainers.Redis;

namespace EventTriggers.Testing;

/// <summary>This kind of server is not to be had here.</summary>
internal sealed class ServerNotFoundException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One way to get a server.</summary>
internal sealed record ServerSource(string Name, Func<CancellationToken, Task<RedisTestServer>> StartAsync)
{
    /// <summary>Every way, in the order of preference.</summary>
    public static IReadOnlyList<ServerSource> All { get; } =
    [
        new("redis", StartInstalledAsync),
        new("docker", StartContainerAsync),
        new("garnet", StartGarnetAsync),
    ];

    /// <summary>Ways that are taken only when they are asked for.</summary>
    public static IReadOnlyList<ServerSource> OnRequest { get; } = [new("cluster", StartClusterAsync)];

    /// <summary>Gets where redis-server or valkey-server is installed.</summary>
    public static string Installed => ((string[])["redis-server", "valkey-server"]).Select(FindOnPath).FirstOrDefault(static path => path is not null)
        ?? throw new ServerNotFoundException("neither redis-server nor valkey-server is on the PATH.");

    private static async Task<RedisTestServer> StartInstalledAsync(CancellationToken cancellationToken)
    {
        var program = Installed;
        var process = await ServerProcess.StartAsync(program, static (port, folder) =>
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", string.Empty, "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--daemonize", "no",
        ], cancellationToken).ConfigureAwait(false);
        return new RedisTestServer(Path.GetFileName(program), process.ConnectionString, process);
    }

    private static async Task<RedisTestServer> StartClusterAsync(CancellationToken cancellationToken)
    {
        var cluster = await ClusterProcesses.StartAsync(primaries: 3, replicas: 0, cancellationToken).ConfigureAwait(false);
        return new RedisTestServer("cluster", cluster.ConnectionString, cluster);
    }

    private static async Task<RedisTestServer> StartContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            var container = new RedisBuilder("redis:7.4").Build();
            await container.StartAsync(cancellationToken).ConfigureAwait(false);
            return new RedisTestServer("docker", container.GetConnectionString(), container);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever Docker says, it is not to be had here; the message goes into the list of what was tried.
            throw new ServerNotFoundException($"Docker could not start a container ({e.Message.Split('\n')[0]}).", e);
        }
    }

    private static async Task<RedisTestServer> StartGarnetAsync(CancellationToken cancellationToken)
    {
        var server = GarnetPath();
        if (!File.Exists(server))
        {
            throw new ServerNotFoundException($"the package garnet-server is not restored ({server}).");
        }

        // Transaction mode makes scripts atomic. The memory holds the library's own tests many times over; it must be sized in production.
        var process = await ServerProcess.StartAsync("dotnet", (port, folder) =>
        [
            server, "--port", $"{port}", "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "2g", "--index", "64m",
            "--checkpointdir", folder, "--logger-level", "Error",
        ], cancellationToken).ConfigureAwait(false);
        return new RedisTestServer("garnet", process.ConnectionString, process);
    }

    private static string GarnetPath()
    {
        var version = typeof(ServerSource).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static attribute => attribute.Key == "GarnetVersion").Value!;
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return Path.Combine(packages, "garnet-server", version, "tools", "net10.0", "any", "GarnetServer.dll");
    }

    private static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
