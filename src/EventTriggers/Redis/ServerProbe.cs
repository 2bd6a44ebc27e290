using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>Looks once at the settings of the server and warns of those that lose events. What it may not read, it leaves.</summary>
internal static class ServerProbe
{
    public static async ValueTask RunAsync(Keyspace keyspace, ILogger logger)
    {
        try
        {
            // By a script: the client asks for INFO on administrative connections only.
            RedisKey[] keys = [keyspace.Partitions[0].Keys.Root];
            var sections = await keyspace.Scripts.RunForWordsAsync(Script.Probe, keys, ReadOnlyMemory<RedisValue>.Empty).ConfigureAwait(false);
            Warn(string.Concat(sections), logger);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            logger.ServerNotProbed(e);
        }
    }

    private static void Warn(string info, ILogger logger)
    {
        if (info.Contains("garnet_version:", StringComparison.Ordinal))
        {
            logger.GarnetNeedsSettings();
        }

        var policy = ValueOf(info, "maxmemory_policy:");
        if (policy is not (null or "noeviction"))
        {
            logger.EvictionLosesEvents(policy);
        }
    }

    private static string? ValueOf(string info, string field)
    {
        var at = info.IndexOf(field, StringComparison.Ordinal);
        return at < 0 ? null : info[(at + field.Length)..].Split('\n', 2)[0].Trim();
    }
}
