using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>The Redis user that docs/reliability.md describes. Every host of these tests is one, where the server knows users.</summary>
internal static class LeastPrivilege
{
    /// <summary>A password that must never appear in a log or an exception.</summary>
    public const string Password = "canary-7d1c2ba9e0";

    /// <summary>What the client sends by itself, and what the library sends.</summary>
    public const string Commands =
        "+ping +echo +info +client|setname +client|id +cluster|nodes +cluster|slots +eval +evalsha +subscribe +unsubscribe "
        + "+del +exists +get +hdel +hget +hgetall +hincrby +hkeys +hmget +hscan +hset +hsetnx +lindex +llen +lpush +lrange +lrem +ltrim "
        + "+persist +pexpire +pfadd +pfcount +pttl +publish +rpop +rpush "
        + "+sadd +scan +set +sismember +smembers +srem +time +type +zadd +zcard +zcount +zpopmax +zrange +zrangebyscore +zrem "
        + "+zremrangebyrank +zremrangebyscore +zrevrange +zscan +zscore";

    public const string User = "app";

    /// <summary>Makes the user, for all prefixes that begin so, and answers how to connect as it.</summary>
    public static async Task<string> ConnectionStringAsync(
        RedisTestServer server, ConnectionMultiplexer admin, string prefixes = "", string commands = Commands, string user = User)
    {
        if (server.Kind is not ("redis-server" or "valkey-server" or "cluster"))
        {
            return server.ConnectionString;
        }

        string[] rules =
        [
            "SETUSER", user, "reset", "on", $">{Password}", $"~{{{prefixes}*", $"&{{{prefixes}*", "nocommands", .. commands.Split(' '),
        ];
        foreach (var node in admin.GetServers())
        {
            await node.ExecuteAsync("ACL", rules);
        }

        return $"{server.ConnectionString},user={user},password={Password},tiebreaker=,configChannel=,$CONFIG=";
    }
}
