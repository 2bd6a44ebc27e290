using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// note_consumer.lua: notes in one partition that a consumer is there, or that it has ended, and tells its share of what is set for its
/// groups.
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

    /// <summary>Gets how long its shares are kept if it is not noted again.</summary>
    public required TimeSpan Lasts { get; init; }

    /// <summary>
    /// Gets the groups whose deliveries it handles: how many at a time if nothing is set, 0 when it stops; how many it may be handling
    /// until it knows the reply; and how many of these it may have begun by its share.
    /// </summary>
    public required IReadOnlyList<(string Name, int Wanted, int Held, int Allowed)> Groups { get; init; }

    /// <summary>Gets the clock by which consumers take turns, in unix ms; <see langword="null"/> for that of the partition.</summary>
    public required long? Turns { get; init; }

    /// <summary>Gets the fields of its hash, of which empty ones are left out; none if it has ended.</summary>
    public required IReadOnlyList<(string Field, string Value)> Fields { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Consumers).Key(Partition.Keys.Consumer(Name));
        call.Add(Now).Add(Partition.ServerChannel).Add(Name).Add((long)Silence.TotalMilliseconds).Add((long)Lasts.TotalMilliseconds);
        call.Add(Fields.Count == 0 ? "1" : string.Empty);
        call.Add(string.Join(' ', Groups.Select(static group =>
            string.Create(CultureInfo.InvariantCulture, $"{group.Name} {group.Wanted} {group.Held} {group.Allowed}"))));
        call.Add(Turns is { } turns ? turns : RedisValue.EmptyString);
        foreach (var (field, value) in Fields.Where(static field => field.Value.Length > 0))
        {
            call.Add(field).Add(value);
        }
    }

    public NotedConsumer Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (now, shares) = (reader.NextInt64(), new (string Stored, int Share)[(reader.Count - 1) / 2]);
        for (var g = 0; g < shares.Length; g++)
        {
            shares[g] = (reader.NextString() ?? string.Empty, reader.NextInt32());
        }

        return new NotedConsumer(now, shares);
    }
}
