using EventTriggers.Redis;

namespace EventTriggers.Tests;

internal static class KeyspaceExtensions
{
    /// <summary>Opens every partition, as a host's first use does.</summary>
    public static async Task EnsureReadyAsync(this Keyspace keyspace) =>
        await Task.WhenAll(
            keyspace.Partitions.Select(partition => keyspace.GateOf(partition).OpenAsync("use the prefix", keyspace.Begin()).AsTask()));
}
