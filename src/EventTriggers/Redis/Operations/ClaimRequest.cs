using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// claim.lua: makes due deliveries ready and leases ready ones, for several groups of one partition at once. A consumer sends the same
/// request again and again.
/// </summary>
internal sealed class ClaimRequest : IScriptRequest<ClaimReply>
{
    // A multiple of what the script shares its room by.
    private const int Turns = 12 * 1000;

    private readonly Partition _partition;
    private readonly RedisKey[] _keys;
    private readonly string[] _names;
    private readonly DeliveryReader[] _readers;
    private readonly ClaimSlots[] _slots;
    private readonly int[] _turns;
    private readonly List<Delivery>[] _deliveries;

    public ClaimRequest(Partition partition, IReadOnlyList<string> groups)
    {
        (_partition, _names) = (partition, [.. groups]);
        _keys =
        [
            partition.Keys.Root, partition.Keys.Triggers, partition.Keys.Leader,
            .. groups.Select(partition.Keys.Of).SelectMany(static keys =>
                (RedisKey[])[keys.Ready, keys.Delayed, keys.Leased, keys.Dead, keys.Ended, keys.Quarantine]),
        ];
        _readers = [.. groups.Select(static group => new DeliveryReader(group))];
        _slots = new ClaimSlots[groups.Count];
        _turns = new int[groups.Count];
        _deliveries = [.. groups.Select(static _ => new List<Delivery>())];
    }

    public Script Script => Script.Claim;

    /// <summary>Gets or sets the time to take for now; empty for the server's clock.</summary>
    public RedisValue Now { get; set; } = RedisValue.EmptyString;

    /// <summary>Gets or sets the name under which the consumer is woken; <see langword="null"/> for one that hears no messages.</summary>
    public string? Consumer { get; set; }

    /// <summary>Gets how long the leases last.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets the number of payload bytes of a group after which no further delivery is leased; one payload may exceed it.</summary>
    public required int MaxReplyBytes { get; init; }

    /// <summary>Gets the size above which a payload becomes a dead letter unread.</summary>
    public required int MaxPayloadBytes { get; init; }

    /// <summary>Gets the size above which headers make a dead letter of the delivery.</summary>
    public required int MaxHeaderBytes { get; init; }

    /// <summary>
    /// Gets or sets the name that leased deliveries note as their holder, and under which the consumer has registered the types that it
    /// handles.
    /// </summary>
    public string Holder { get; set; } = string.Empty;

    /// <summary>Gets or sets the number of this call, which leased deliveries note as well.</summary>
    public long Call { get; set; }

    /// <summary>Gets how long the partition may be silent before its leases are in doubt, in ms.</summary>
    public required RedisValue SilenceMs { get; init; }

    /// <summary>Sets what the call may take for a group.</summary>
    /// <param name="group">The group's place among those of the request.</param>
    /// <param name="slots">How much.</param>
    public void Take(int group, ClaimSlots slots) => _slots[group] = slots;

    public void Write(ScriptCall call)
    {
        foreach (var key in _keys)
        {
            call.Key(key);
        }

        call.Add(Now).Add(_partition.ServerChannel).Add(Consumer ?? string.Empty).Add((long)Duration.TotalMilliseconds).Add(MaxReplyBytes)
            .Add(MaxPayloadBytes).Add(MaxHeaderBytes).Add(Holder).Add(Call).Add(SilenceMs);
        for (var g = 0; g < _names.Length; g++)
        {
            call.Add(_names[g]).Add(_slots[g].Workers).Add(_slots[g].HasQuarantine ? 1 : 0).Add(_turns[g]);
        }
    }

    public ClaimReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (now, delayed, expiry, trigger) = (reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64());
        var isLeader = reader.NextInt64() == 1;
        var groups = new ClaimedGroup[_names.Length];
        for (var g = 0; g < groups.Length; g++)
        {
            groups[g] = new ClaimedGroup(
                reader.NextInt64(), reader.NextInt64(), reader.NextInt64(), reader.NextInt64() == 1, reader.NextInt32(), _deliveries[g]);
            _turns[g] = (_turns[g] + groups[g].Taken) % Turns;
        }

        for (var g = 0; g < groups.Length; g++)
        {
            _deliveries[g].Clear();
            for (var rest = groups[g].Taken; rest > 0; rest--)
            {
                _deliveries[g].Add(_readers[g].Read(ref reader));
            }
        }

        return new ClaimReply(now, delayed, expiry, trigger, isLeader, groups);
    }
}
