using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>note_consumer.lua: notes in one partition that a consumer is there, or that it has ended.</summary>
internal sealed class NoteConsumerRequest : IScriptRequest<long>
{
    public Script Script => Script.NoteConsumer;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public required string Name { get; init; }

    /// <summary>Gets how long a consumer is remembered that is not noted again.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>Gets the fields of its hash, of which empty ones are left out; none if it has ended.</summary>
    public required IReadOnlyList<(string Field, string Value)> Fields { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Consumers).Key(Partition.Keys.Consumer(Name));
        call.Add(Now).Add(Name).Add((long)Silence.TotalMilliseconds).Add(Fields.Count == 0 ? "1" : string.Empty);
        foreach (var (field, value) in Fields.Where(static field => field.Value.Length > 0))
        {
            call.Add(field).Add(value);
        }
    }

    /// <returns>The time by the server's clock, in unix ms.</returns>
    public long Read(RespResult reply) => reply.ReadScalar().ReadInt64();
}
