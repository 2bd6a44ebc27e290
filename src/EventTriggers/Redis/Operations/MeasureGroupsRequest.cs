using EventTriggers.Diagnostics.Telemetry;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>measure_groups.lua: measures groups in one partition for metrics.</summary>
internal sealed class MeasureGroupsRequest : IScriptRequest<GroupMeasurement[]>
{
    // More types that some host does not handle are no measure any more.
    private const int MaxParkedLists = 100;

    public Script Script => Script.MeasureGroups;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Add(Now).Add(MaxParkedLists);
        foreach (var group in Groups)
        {
            var keys = Partition.Keys.Of(group);
            call.Key(keys.Ready).Key(keys.Delayed).Key(keys.Leased).Key(keys.Dead).Key(keys.Quarantine).Add(group);
        }
    }

    /// <returns>The measurements, in the order of the groups.</returns>
    public GroupMeasurement[] Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var measured = new GroupMeasurement[Groups.Count];
        for (var g = 0; g < measured.Length; g++)
        {
            measured[g] = new GroupMeasurement(
                Groups[g], reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64(),
                TimeSpan.FromMilliseconds(reader.NextInt64()));
        }

        return measured;
    }
}
