using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// probe.lua: asks what the server says of itself, which commands it refuses, and which key holds a value of another type.
/// </summary>
internal sealed class ProbeRequest : IScriptRequest<ProbeReply>
{
    public Script Script => Script.Probe;

    public required Partition Partition { get; init; }

    /// <summary>Gets keys, with the type that each must have where it exists.</summary>
    public required IReadOnlyList<(RedisKey Key, string Type)> Expected { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Probe).Key(Partition.Keys.ProbeNone);
        call.Add(Partition.ServerChannel);
        foreach (var (key, type) in Expected)
        {
            call.Key(key).Add(type);
        }
    }

    public ProbeReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        return new ProbeReply(
            reader.NextString()!, reader.NextString()!, reader.NextString()!, reader.NextString()!,
            reader.NextString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            reader.NextString()!.Split(' ') is [var key, var type] ? (key, type) : null);
    }
}
