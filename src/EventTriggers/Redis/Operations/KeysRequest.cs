using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>keys.lua: lists keys of a group that orders by key, in one partition.</summary>
internal sealed class KeysRequest : IScriptRequest<ListedKeys>
{
    public Script Script => Script.Keys;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the most keys to list of each kind: held ones, and those with a backlog.</summary>
    public required int Most { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(Partition.Keys.Root).Key(keys.Held).Key(keys.Backlogs).Key(keys.Active).Add(Group).Add(Most);
    }

    public ListedKeys Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (held, waiting) = (reader.NextInt64(), reader.NextInt64());
        var keys = new KeyRecord[(reader.Count - 2) / 7];
        for (var i = 0; i < keys.Length; i++)
        {
            var (key, heldBehind) = (reader.NextString()!, reader.NextString()!);
            keys[i] = new KeyRecord
            {
                Key = key,
                HeldBehind = heldBehind.Length > 0 ? heldBehind : null,
                HeldSince = MomentOf(ref reader),
                Waiting = reader.NextInt64(),
                WaitingSince = MomentOf(ref reader),
                Active = reader.NextString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                LimitedUntil = MomentOf(ref reader),
            };
        }

        return new ListedKeys(held, waiting, keys);
    }

    private static DateTimeOffset? MomentOf(ref FlatReply reader) =>
        reader.TryNextInt64(out var ms) ? UnixTime.ToDateTimeOffset(ms) : null;
}
