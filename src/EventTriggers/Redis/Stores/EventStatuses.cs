using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Tells what has become of an event in its groups.</summary>
internal sealed class EventStatuses(Keyspace keyspace)
{
    private const string Field = "status:";

    private static readonly string[] Live = ["ready", "delayed", "leased"];

    /// <summary>Tells whether the event has ended in every group that has it.</summary>
    public async Task<bool> HaveEndedAsync(string id)
    {
        var hash = keyspace.PartitionOf(id).Keys.Event(id);
        var fields = await keyspace.Database.HashKeysAsync(hash, CommandFlags.DemandMaster).ConfigureAwait(false);
        var statuses = Array.FindAll(fields, static field => field.ToString().StartsWith(Field, StringComparison.Ordinal));
        var values = statuses.Length == 0
            ? []
            : await keyspace.Database.HashGetAsync(hash, statuses, CommandFlags.DemandMaster).ConfigureAwait(false);
        return !Array.Exists(values, static value => Live.Contains(value.ToString(), StringComparer.Ordinal));
    }
}
