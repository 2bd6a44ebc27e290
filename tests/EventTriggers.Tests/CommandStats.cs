using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>How often a server of its own has run each command, also in scripts.</summary>
internal static class CommandStats
{
    /// <summary>Counts the calls by the names of the commands, in small letters; since an earlier count if there is one.</summary>
    public static async Task<Dictionary<string, long>> CallsAsync(
        ConnectionMultiplexer connection, Dictionary<string, long>? before = null) =>
        (await connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(static section => section)
            .Select(static pair => (Name: pair.Key["cmdstat_".Length..], Calls: long.Parse(
                pair.Value.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture)))
            .ToDictionary(static one => one.Name, one => one.Calls - (before?.GetValueOrDefault(one.Name) ?? 0));
}
