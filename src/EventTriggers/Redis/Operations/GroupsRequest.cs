using EventTriggers.Consuming;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>groups.lua: lists the groups of one partition, with their types and settings.</summary>
internal sealed class GroupsRequest : IScriptRequest<ListedGroup[]>
{
    // Groups are named in code. Far more than any prefix has.
    private const int Most = 1000;

    public Script Script => Script.Groups;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the one group to list; <see langword="null"/> for all.</summary>
    public required string? Only { get; init; }

    public void Write(ScriptCall call) =>
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Groups).Add(Now).Add(Most).Add(Only ?? string.Empty);

    public ListedGroup[] Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var groups = new ListedGroup[reader.Count / 11];
        for (var i = 0; i < groups.Length; i++)
        {
            var name = reader.NextString()!;
            var types = reader.NextString()!.Split(',', StringSplitOptions.RemoveEmptyEntries);
            var (pause, running) = (PauseOf(ref reader), reader.NextInt64());
            var mode = new KeyMode(CountOf(ref reader), reader.NextString() == "1", CountOf(ref reader));
            groups[i] = new ListedGroup(name, types, pause, running, mode, StoredConcurrency.Read(reader.NextString()));
        }

        return groups;
    }

    // 0 for what is not stored.
    private static int CountOf(ref FlatReply reader) =>
        reader.TryNextInt64(out var count) ? (int)Math.Clamp(count, 0, int.MaxValue) : 0;

    private static GroupPause? PauseOf(ref FlatReply reader)
    {
        var isPaused = reader.TryNextInt64(out var until);
        var since = reader.TryNextInt64(out var ms) ? UnixTime.ToDateTimeOffset(ms) : (DateTimeOffset?)null;
        var (by, reason) = (reader.NextString(), reader.NextString());
        return !isPaused ? null : new GroupPause
        {
            Since = since,
            Until = until < 0 ? null : UnixTime.ToDateTimeOffset(until),
            By = string.IsNullOrEmpty(by) ? null : by,
            Reason = string.IsNullOrEmpty(reason) ? null : reason,
        };
    }
}
