using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>A trigger that is explained.</summary>
/// <param name="record">The trigger.</param>
/// <param name="fields">Its hash.</param>
internal sealed class ExplainedTrigger(TriggerRecord record, HashFields fields)
{
    public TriggerRecord Record => record;

    /// <summary>Gets the version of a trigger that subscribes to events; empty for others.</summary>
    public string Version => fields.Text("version") ?? string.Empty;

    /// <summary>Gets why its definition cannot be read; <see langword="null"/> if it can.</summary>
    public string? Failure { get; private set; }

    /// <summary>Reads a trigger from its hash; <see langword="null"/> for a trigger that does not exist.</summary>
    public static ExplainedTrigger? FromHash(string id, HashEntry[] hash) =>
        TriggerHash.Read(id, hash) is { } record ? new ExplainedTrigger(record, new HashFields(hash)) : null;

    /// <summary>Makes a trigger whose key does not hold a hash.</summary>
    public static ExplainedTrigger Foreign(string id)
    {
        var record = TriggerHash.Foreign(id);
        return new ExplainedTrigger(record, new HashFields([])) { Failure = record.Unreadable };
    }

    /// <summary>Lists how the trigger subscribes to a type. What cannot be read is noted as the failure.</summary>
    public IReadOnlyList<(SubscribedType Type, SubscribedTrigger Trigger)> SubscriptionsTo(string type)
    {
        var types = Try(ListSources).Concat(Try(ListCancels)).Where(one => one.Type == type);
        return [.. types.SelectMany(one => Try(() => Read(one)))];
    }

    private IEnumerable<SubscribedType> ListSources() => SubscribedType.FromTrigger(
        fields.Text("on"), fields.Text("pattern") is { } pattern ? EventPattern.Parse(pattern) : null, OverTimeRule.Parse(fields.Text),
        cancelOn: null, fields.Number("until"));

    private IEnumerable<SubscribedType> ListCancels() => SubscribedType.FromTrigger(
        source: null, pattern: null, rule: null, fields.Text("cancelon") is { } cancel ? CancelOnRule.Parse(cancel) : null,
        fields.Number("until"), fields.Number("due"));

    private IEnumerable<(SubscribedType Type, SubscribedTrigger Trigger)> Read(SubscribedType type)
    {
        var stored = new StoredSubscription(type.ToSubscription(record.Id, Version), Value: null);
        return SubscribedTrigger.FromHash(stored, startsAfter: 0, fields.Text) is { } trigger ? [(type, trigger)] : [];
    }

    private IEnumerable<T> Try<T>(Func<IEnumerable<T>> read)
    {
        try
        {
            return [.. read()];
        }
        catch (Exception e) when (SubscribedTrigger.IsUnreadable(e))
        {
            Failure ??= Failures.MessageOf(e);
            return [];
        }
    }
}
