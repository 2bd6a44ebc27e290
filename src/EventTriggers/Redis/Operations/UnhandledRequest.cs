using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>unhandled.lua: ends parked deliveries of one group in one partition that no live host has handled in time.</summary>
internal sealed class UnhandledRequest : IScriptRequest<UnhandledReply>
{
    public Script Script => Script.Unhandled;

    public required Partition Partition { get; init; }

    public required string Group { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>
    /// Gets how long a delivery waits for a host that handles its type; <see langword="null"/> when none is to become a dead letter now.
    /// </summary>
    public required TimeSpan? Timeout { get; init; }

    /// <summary>Gets the place of the first parked list to look at.</summary>
    public required int From { get; init; }

    /// <summary>Gets the most parked lists to look at.</summary>
    public required int Lists { get; init; }

    /// <summary>Gets the most deliveries to end.</summary>
    public required int Limit { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys.Of(Group);
        call.Key(Partition.Keys.Root).Key(keys.Parked).Key(keys.Dead).Key(keys.Ended);
        call.Add(Now).Add(Group).Add(Timeout is { } timeout ? (long)timeout.TotalMilliseconds : RedisValue.EmptyString).Add(From).Add(Lists)
            .Add(Limit).Add(Partition.ServerChannel);
    }

    public UnhandledReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var next = (int)reader.NextInt64();
        var types = new UnhandledType[(reader.Count - 1) / 4];
        for (var i = 0; i < types.Length; i++)
        {
            var isDead = reader.NextString() switch
            {
                "dead" => true,
                "held" => false,
                var word => throw Script.Unexpected(word),
            };
            types[i] = new UnhandledType(isDead, reader.NextString()!, reader.NextInt32(), reader.NextString()!);
        }

        return new UnhandledReply(next, types);
    }
}
