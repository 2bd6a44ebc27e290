using Testcontainers.Redis;

namespace EventTriggers.Testing.Containers;

/// <summary>Redis in Docker, thrown away when it is disposed.</summary>
/// <remarks>
/// Where this package is referenced, <see cref="RedisTestServer.StartAsync"/> uses it by itself if no server is installed.
/// </remarks>
public static class DockerRedis
{
    private const string Image = "redis:7.4";

    /// <summary>Starts <c>redis:7.4</c>.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The server, ready for connections; its kind is <c>docker</c>.</returns>
    /// <exception cref="DotNet.Testcontainers.Builders.DockerUnavailableException">No Docker engine answers.</exception>
    public static async Task<RedisTestServer> StartAsync(CancellationToken cancellationToken = default)
    {
        var container = new RedisBuilder(Image).Build();
        try
        {
            await container.StartAsync(cancellationToken).ConfigureAwait(false);
            return new RedisTestServer("docker", container.GetConnectionString(), container);
        }
        catch
        {
            await container.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
