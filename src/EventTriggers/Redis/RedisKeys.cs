using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>Every key of one partition; docs/redis-keys.md says what each holds.</summary>
internal sealed class RedisKeys(string prefix, int partition)
{
    private readonly string _root = $"{{{prefix}:{partition}}}";

    // As bytes, so that a key of an event allocates no string.
    private readonly RedisKey _event = Encoding.ASCII.GetBytes($"{{{prefix}:{partition}}}:event:");

    public RedisKey Root => _root;

    public RedisKey Lanes => $"{_root}:lanes";

    public RedisKey Triggers => $"{_root}:triggers";

    public RedisKey EndedTriggers => $"{_root}:triggers:ended";

    public RedisKey Declared => $"{_root}:declared";

    public RedisKey Leader => $"{_root}:leader";

    /// <summary>Gets the bulk operations, by when they began.</summary>
    public RedisKey BulkOperations => $"{_root}:operations";

    /// <summary>Gets how many deliveries of a group all processes together handle at a time, where an operator has set that.</summary>
    public RedisKey Concurrency => $"{_root}:concurrency";

    /// <summary>Gets those that run, by when any consumer may take their next step.</summary>
    public RedisKey RunningOperations => $"{_root}:operations:running";

    /// <summary>Gets how far the processes that repair the partition have come.</summary>
    public RedisKey Repair => $"{_root}:repair";

    /// <summary>Gets a key that exists for the length of a probe.</summary>
    public RedisKey Probe => $"{_root}:probe";

    /// <summary>Gets a key that never exists.</summary>
    public RedisKey ProbeNone => $"{_root}:probe:none";

    public string WakeChannel => $"{_root}:wake";

    /// <summary>Gets the hash that holds what the partition was made with.</summary>
    public RedisKey Meta => $"{_root}:meta";

    public static ForeignKeyException Misused(string key, string type) =>
        new($"The key '{key}' holds a {type} that EventTriggers did not write; nothing was changed. Use another KeyPrefix, or remove the "
            + "key.");

    /// <summary>Throws where a script answered 'KEY TYPE' alone: the key holds a value of that type, which it must not.</summary>
    public static void ThrowIfMisused(string word)
    {
        if (word.Split(' ') is [var key, var type])
        {
            throw Misused(key, type);
        }
    }

    public RedisKey Event(string id) => ((RedisKey)id).Prepend(_event);

    public RedisKey Seen(string id) => $"{_root}:seen:{id}";

    public RedisKey Routes(string type) => $"{_root}:routes:{type}";

    /// <summary>Gets the types that have events which no group takes.</summary>
    public RedisKey UnroutedTypes => $"{_root}:unrouted";

    public RedisKey Unrouted(string type) => $"{_root}:unrouted:{type}";

    /// <summary>Gets the consumers that handle a type in a group.</summary>
    public RedisKey Handlers(string group, string type) => $"{_root}:handlers:{group}:{type}";

    /// <summary>Gets the groups that have subscribed to types.</summary>
    public RedisKey Groups => $"{_root}:groups";

    /// <summary>Gets what operators did, newest first; in partition 0.</summary>
    public RedisKey Audit => $"{_root}:audit";

    /// <summary>Gets the consumers, by when each was noted last.</summary>
    public RedisKey Consumers => $"{_root}:consumers";

    /// <summary>Gets a parked list of a group: deliveries that wait for a host which handles their type.</summary>
    public RedisKey Parked(string group, string list) => $"{_root}:parked:{group}:{list}";

    /// <summary>Gets what operators set for a group at run time.</summary>
    public RedisKey Settings(string group) => $"{_root}:settings:{group}";

    /// <summary>Gets the last attempts of a delivery that did not simply succeed.</summary>
    public RedisKey Attempts(string group, string id) => $"{_root}:attempts:{group}:{id}";

    /// <summary>Gets the counts of a group by minute in one hour since 1970.</summary>
    public RedisKey Rates(string group, long hour) => $"{_root}:rates:{group}:{hour.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Gets the counts of a group by hour.</summary>
    public RedisKey RateSums(string group) => $"{_root}:rates:{group}";

    /// <summary>Gets what is outstanding of a rate limit.</summary>
    public RedisKey RateLimit(string name) => $"{_root}:limit:{name}";

    /// <summary>Gets the numbers of the rate limits that the partition keeps, as processes know them and operators set them.</summary>
    public RedisKey RateLimits => $"{_root}:limits";

    /// <summary>Gets what a consumer says of itself.</summary>
    public RedisKey Consumer(string name) => $"{_root}:consumer:{name}";

    public RedisKey Trigger(string id) => $"{_root}:trigger:{id}";

    /// <summary>Gets the hash of a bulk operation.</summary>
    public RedisKey BulkOperation(string id) => $"{_root}:operation:{id}";

    public RedisKey History(string id) => $"{_root}:history:{id}";

    /// <summary>Gets the triggers that have a tag.</summary>
    public RedisKey Tagged(string tag) => $"{_root}:tagged:{tag}";

    /// <summary>Gets the subscriptions of triggers to a type.</summary>
    public RedisKey Subscriptions(string type) => $"{_root}:subs:{type}";

    /// <summary>Gets the subscriptions to a type that were removed last.</summary>
    public RedisKey RemovedSubscriptions(string type) => $"{_root}:subs-removed:{type}";

    /// <summary>Gets how the subscriptions to a type are numbered, and the fields by whose values triggers are looked up.</summary>
    public RedisKey SubscriptionMeta(string type) => $"{_root}:subs-meta:{type}";

    /// <summary>Gets the subscriptions of the triggers that ask for one value of a field.</summary>
    public RedisKey SubscriptionsByValue(string hash) => $"{_root}:subs-by:{hash}";

    /// <summary>Gets the triggers that have ended, and whose subscriptions are still to be removed.</summary>
    public RedisKey EndedSubscriptions => $"{_root}:subs-ended";

    /// <summary>Gets what a trigger over time keeps for a value of its key: entries, answers, details, throttled.</summary>
    public RedisKey[] OverTime(string member) =>
        [$"{_root}:entries:{member}", $"{_root}:answers:{member}", $"{_root}:details:{member}", $"{_root}:throttled:{member}"];

    /// <summary>Gets the last events that had a value which counts once in a span.</summary>
    public RedisKey Distinct(string member, string value) => $"{_root}:distinct:{member}:{value}";

    public GroupKeys Of(string group) => new(
        $"{_root}:ready:{group}",
        $"{_root}:delayed:{group}",
        $"{_root}:leased:{group}",
        $"{_root}:done:{group}",
        $"{_root}:dead:{group}",
        $"{_root}:ended:{group}",
        $"{_root}:quarantine:{group}",
        $"{_root}:waiting:{group}",
        $"{_root}:parked:{group}", $"{_root}:active:{group}", $"{_root}:backlogs:{group}", $"{_root}:held:{group}",
        $"{_root}:ready-high:{group}",
        $"{_root}:ready-low:{group}");
}
