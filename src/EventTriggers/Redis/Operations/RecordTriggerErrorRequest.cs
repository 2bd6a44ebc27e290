using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>record_trigger_error.lua: records in a trigger's hash why it did not fire.</summary>
internal sealed class RecordTriggerErrorRequest : IScriptRequest<bool>
{
    public Script Script => Script.RecordTriggerError;

    public required Partition Partition { get; init; }

    public required string Id { get; init; }

    /// <summary>Gets the version of the trigger that is meant.</summary>
    public required string Version { get; init; }

    public required string Error { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Trigger(Id));
        call.Add(Version).Add(Error);
    }

    /// <returns><see langword="false"/> where the hash holds another trigger by now, or none.</returns>
    public bool Read(RespResult reply) => reply.ReadScalar().ReadString() switch
    {
        "recorded" => true,
        "gone" => false,
        var word => throw Script.Unexpected(word),
    };
}
