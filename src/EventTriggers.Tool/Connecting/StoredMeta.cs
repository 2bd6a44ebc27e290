using StackExchange.Redis;

namespace EventTriggers.Tool.Connecting;

/// <summary>What a bus was made with, as docs/redis-keys.md describes it.</summary>
/// <param name="Schema">The version of its keys.</param>
/// <param name="Partitions">The number of partitions.</param>
internal sealed record StoredMeta(string Schema, int Partitions)
{
    /// <returns>What is stored; <see langword="null"/> if there is no such bus.</returns>
    public static async Task<StoredMeta?> ReadAsync(IDatabase database, string prefix)
    {
        var fields = await database.HashGetAllAsync($"{{{prefix}:0}}:meta", CommandFlags.DemandMaster);
        return fields.Length == 0
            ? null
            : new StoredMeta(
                fields.FirstOrDefault(static field => field.Name == "schema").Value.ToString(),
                fields.FirstOrDefault(static field => field.Name == "partitions").Value is { IsNull: false } stored
                    && stored.TryParse(out int partitions) ? partitions : 1);
    }
}
