using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>Keys that hold something of another type than they must.</summary>
internal static class HostileKeys
{
    private static readonly string[] Types = ["string", "list", "hash", "set", "zset"];

    /// <summary>Makes a case of each key and each type that is not its own.</summary>
    public static TheoryData<string, string> Cases(params (string Name, string Type)[] keys)
    {
        var cases = new TheoryData<string, string>();
        foreach (var (name, own) in keys)
        {
            foreach (var type in Types.Where(type => type != own))
            {
                cases.Add(name, type);
            }
        }

        return cases;
    }

    /// <summary>Puts something of a type in place of what a key holds.</summary>
    public static async Task WriteAsync(IDatabase database, RedisKey key, string type)
    {
        await database.KeyDeleteAsync(key);
        await (type switch
        {
            "string" => database.StringSetAsync(key, "mine"),
            "list" => (Task)database.ListLeftPushAsync(key, "mine"),
            "hash" => database.HashSetAsync(key, "mine", "1"),
            "set" => database.SetAddAsync(key, "mine"),
            "zset" => database.SortedSetAddAsync(key, "mine", 1),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        });
    }

    /// <summary>Moves away what a key holds, as somebody does who knows where it belongs.</summary>
    public static Task MoveAwayAsync(IDatabase database, RedisKey key) => database.KeyRenameAsync(key, Away(key));

    /// <summary>
    /// Removes what was put in place of what a key held, and puts that back where it was moved away. Garnet, whose scripts cannot look
    /// through keys, needs that for an index: nothing else tells what it held.
    /// </summary>
    public static async Task RemoveAsync(IDatabase database, RedisKey key)
    {
        await database.KeyDeleteAsync(key);
        if (await database.KeyExistsAsync(Away(key)))
        {
            await database.KeyRenameAsync(Away(key), key);
        }
    }

    /// <summary>Gets a logger whose lines the host's log has.</summary>
    public static ILogger Logger(this TestHost host) => host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("test");

    // Not under the root, which repair looks through, but in its slot.
    private static RedisKey Away(RedisKey key) => key.Prepend("away");
}
