using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// note_consumer.lua: notes in one partition that a consumer is there, or that it has ended, and tells what is set for its groups.
/// </summary>
internal sealed class NoteConsumerRequest : IScriptRequest<NotedConsumer>
{
    public Script Script => Script.NoteConsumer;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    public required string Name { get; init; }

    /// <summary>Gets how long a consumer is remembered that is not noted again.</summary>
    public required TimeSpan Silence { get; init; }

    /// <summary>Gets the groups whose deliveries it handles.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>Gets the fields of its hash, of which empty ones are left out; none if it has ended.</summary>
    public required IReadOnlyList<(string Field, string Value)> Fields { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Consumers).Key(Partition.Keys.Consumer(Name));
        call.Add(Now).Add(Name).Add((long)Silence.TotalMilliseconds).Add(Fields.Count == 0 ? "1" : string.Empty);
        call.Add(string.Join(' ', Groups));
        foreach (var (field, value) in Fields.Where(static field => field.Value.Length > 0))
        {
            call.Add(field).Add(value);
        }
    }

    public NotedConsumer Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (now, concurrency) = (reader.NextInt64(), new string[reader.Count - 1]);
        for (var g = 0; g < concurrency.Length; g++)
        {
            concurrency[g] = reader.NextString() ?? string.Empty;
        }

        return new NotedConsumer(now, concurrency);
    }
}
