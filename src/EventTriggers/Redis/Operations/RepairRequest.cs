using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>repair.lua: looks at some of the partition's keys for what no index holds, and puts it back.</summary>
internal sealed class RepairRequest : IScriptRequest<RepairReply>
{
    /// <summary>How many of those that could not be put into their index a call looks at, at most.</summary>
    public const int StraysACall = 100;

    public Script Script => Script.Repair;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets how long a lease lasts that no index holds.</summary>
    public required TimeSpan LeaseDuration { get; init; }

    /// <summary>Gets about how many keys to look at; 0 for none.</summary>
    public required int Count { get; init; }

    /// <summary>Gets a value indicating whether the server can look through its keys in a script.</summary>
    public required bool CanScan { get; init; }

    /// <summary>Gets how many times what a page took passes until the next page.</summary>
    public required int Factor { get; init; }

    /// <summary>Gets how much time passes between two pages at least.</summary>
    public required TimeSpan Least { get; init; }

    /// <summary>Gets how much time passes between two rounds, and between two pages at most.</summary>
    public required TimeSpan Rest { get; init; }

    /// <summary>
    /// Gets how long the caller's last page took by its own watch, for a server whose clock stands still while a script runs.
    /// </summary>
    public required TimeSpan Took { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Triggers).Key(Partition.Keys.EndedTriggers).Key(Partition.Keys.Repair);
        call.Add(Now).Add(Partition.ServerChannel).Add((long)LeaseDuration.TotalMilliseconds).Add(Count)
            .Add(CanScan ? "1" : RedisValue.EmptyString);
        call.Add(Factor).Add((long)Least.TotalMilliseconds).Add((long)Rest.TotalMilliseconds).Add((long)Took.TotalMicroseconds);
    }

    public RepairReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (wait, seen, isThrough) = (TimeSpan.FromMilliseconds(reader.NextInt64()), reader.NextInt64(), reader.NextInt64() == 1);
        var (repaired, strays, foreign) = (reader.NextInt32(), reader.NextInt32(), new Dictionary<string, string>(StringComparer.Ordinal));
        for (var rest = reader.Count - 5; rest > 0; rest -= 2)
        {
            foreign.Add(reader.NextString()!, reader.NextString()!);
        }

        return new RepairReply(wait, seen < 0 ? null : (int)seen, isThrough, repaired, strays, foreign);
    }
}
