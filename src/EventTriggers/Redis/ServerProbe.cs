using EventTriggers.Diagnostics;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// Examines the server of one partition before the first use, and again when it may have changed: rejects a server that cannot be used,
/// warns about settings that lose events, and reports a server that was restarted or replaced.
/// </summary>
internal sealed class ServerProbe(Keyspace keyspace, Partition partition, ILogger logger)
{
    // ZRANGE … BYSCORE, which the scripts use, came with 6.2.
    private static readonly Version Oldest = new(6, 2);

    // Without them there are polls instead of wake messages, no warnings, and no repair of what no index holds.
    private static readonly string[] Dispensable = ["PUBLISH", "INFO", "SCAN"];

    private string? _runId;
    private string _refused = string.Empty;
    private bool _isWarned;
    private volatile bool _canScan;
    private volatile bool _hasLooked;
    private volatile string? _evictionPolicy;

    /// <summary>Gets a value indicating whether the server has answered; otherwise it is probed again.</summary>
    public bool HasLooked => _hasLooked;

    /// <summary>Gets a value indicating whether scripts can scan the server's keys; false until the server is probed.</summary>
    public bool CanScan => _canScan;

    /// <summary>Gets the server's policy if it may evict keys.</summary>
    public string? EvictionPolicy => _evictionPolicy;

    /// <exception cref="IncompatibleStoreException">The server is too old, or refuses a required command.</exception>
    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public async ValueTask RunOnceAsync()
    {
        try
        {
            var reply = await keyspace.Scripts.RunAsync(
                new ProbeRequest { Partition = partition, Expected = Expected() }).ConfigureAwait(false);
            Check(reply);
            _canScan = !reply.Refused.Contains("SCAN", StringComparer.Ordinal) && !InfoText.IsGarnet(reply.Server);
            Warn(reply.Server, reply.Memory);
            _hasLooked = true;
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            logger.ServerCheckFailed(e);
        }
    }

    public static void ThrowIfTooOld(string info)
    {
        if (Version.TryParse(InfoText.Find(info, "redis_version"), out var version) && version < Oldest)
        {
            throw new IncompatibleStoreException($"The server is Redis {version}; EventTriggers needs {Oldest} or newer.");
        }
    }

    private (RedisKey Key, string Type)[] Expected()
    {
        var keys = partition.Keys;
        string[] groups = [keyspace.Options.Group, .. keyspace.Options.Groups.Keys, TriggerMatcher.Group];
        return
        [
            (keys.Lanes, "hash"), (keys.Triggers, "zset"), (keys.EndedTriggers, "zset"),
            .. groups.Select(keys.Of).SelectMany(static g => ((RedisKey, string)[])
            [
                (g.Ready, "list"), (g.Delayed, "zset"), (g.Leased, "zset"), (g.Done, "zset"), (g.Dead, "zset"), (g.Ended, "zset"),
                (g.ReadyHigh, "list"), (g.ReadyLow, "list"), (g.Quarantine, "list"), (g.Parked, "zset"),
            ]),
        ];
    }

    private void Check(ProbeReply reply)
    {
        ThrowIfTooOld(reply.Server);
        if (reply.Refused.Except(Dispensable, StringComparer.Ordinal).ToArray() is { Length: > 0 } needed)
        {
            throw new IncompatibleStoreException(
                $"The server does not let this user run {string.Join(", ", needed)} in scripts on keys of prefix "
                + $"'{keyspace.Options.KeyPrefix}'. "
                + "Grant it: docs/reliability.md lists every command that is needed.");
        }

        if (reply.ForeignKey is var (key, type))
        {
            if (!_hasLooked)
            {
                throw RedisKeys.Misused(key, type);
            }

            // Something was written there after the start. Scripts go on without the key.
            logger.KeyHasWrongType(key, type);
        }

        var dispensed = string.Join(", ", reply.Refused);
        if (dispensed.Length > 0 && dispensed != _refused)
        {
            logger.CommandsRefused(dispensed);
        }

        _refused = dispensed;
    }

    private void Warn(string info, string memory)
    {
        var policy = InfoText.Find(memory, "maxmemory_policy");
        _evictionPolicy = policy is null or "noeviction" ? null : policy;
        var runId = InfoText.Find(info, "run_id") ?? _runId;
        if (_isWarned && runId == _runId)
        {
            return;
        }

        if (_runId is not null)
        {
            logger.ServerReplaced(partition.Index);
        }

        (_runId, _isWarned) = (runId, true);
        if (InfoText.IsGarnet(info))
        {
            logger.GarnetNeedsSettings();
        }

        if (_evictionPolicy is not null)
        {
            logger.EvictionPolicyUnsafe(_evictionPolicy);
        }
    }
}
