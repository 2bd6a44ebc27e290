using System.Reflection;

namespace EventTriggers.Testing;

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
    public static string Installed =>
        ((string[])["redis-server", "valkey-server"]).Select(FindOnPath).FirstOrDefault(static path => path is not null)
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

    // Docker's client brings a dozen assemblies: only who references their package has them.
    private static async Task<RedisTestServer> StartContainerAsync(CancellationToken cancellationToken)
    {
        const string Package = "EventTriggers.Testing.Containers";
        Func<CancellationToken, Task<RedisTestServer>> start;
        try
        {
            start = Assembly.Load(Package)
                .GetType(
                    $"{Package}.DockerRedis", throwOnError: true)!.GetMethod("StartAsync")!.CreateDelegate<Func<CancellationToken,
                        Task<RedisTestServer>>>();
        }
        catch (FileNotFoundException e)
        {
            throw new ServerNotFoundException($"the package {Package} is not referenced.", e);
        }

        try
        {
            return await start(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever Docker says, it is not to be had here; the message goes into the list of what was tried.
            throw new ServerNotFoundException($"Docker could not start a container ({e.Message.Split('\n')[0]}).", e);
        }
    }

    private static async Task<RedisTestServer> StartGarnetAsync(CancellationToken cancellationToken)
    {
        var paths = GarnetPaths();
        var server = paths.FirstOrDefault(File.Exists)
            ?? throw new ServerNotFoundException(
                $"the package garnet-server, which a build restores, is not at {string.Join(" or ", paths)}.");

        // Transaction mode makes scripts atomic. The memory holds the library's own tests many times over; it must be sized in production.
        var process = await ServerProcess.StartAsync("dotnet", (port, folder) =>
        [
            server, "--port", $"{port}", "--bind", "127.0.0.1", "--lua", "--lua-transaction-mode", "--memory", "2g", "--index", "64m",
            "--checkpointdir", folder, "--logger-level", "Error",
        ], cancellationToken).ConfigureAwait(false);
        return new RedisTestServer("garnet", process.ConnectionString, process);
    }

    private static string[] GarnetPaths()
    {
        var version = typeof(ServerSource).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static attribute => attribute.Key == "GarnetServerVersion").Value!;
        return
        [
            .. PackageFolders().Distinct(StringComparer.Ordinal)
                .Select(folder => Path.Combine(folder, "garnet-server", version, "tools", "net10.0", "any", "GarnetServer.dll")),
        ];
    }

    // Where this program's build found its packages (EventTriggers.Testing.targets), and where NuGet puts them unless it is told otherwise.
    private static IEnumerable<string> PackageFolders() =>
    [
        .. ((string?)AppContext.GetData("EventTriggers.Testing.PackageFolders") ?? string.Empty)
            .Split(';', StringSplitOptions.RemoveEmptyEntries).Select(Path.TrimEndingDirectorySeparator),
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given ? Path.TrimEndingDirectorySeparator(given)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
    ];

    private static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
