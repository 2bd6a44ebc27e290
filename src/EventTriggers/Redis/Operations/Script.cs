using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// One embedded Lua file, after what it needs of the prelude and of the parts that it shares with others. Texts are constants: values reach
/// a script through KEYS and ARGV only.
/// </summary>
internal sealed class Script
{
    private static readonly string Prelude = Read("_prelude");

    private readonly Lazy<string> _text;
    private readonly Lazy<string> _sha1;
    private readonly Lazy<ScriptArity> _arity;

    private Script(string name, params string[] parts)
    {
        Name = name;
        _text = new Lazy<string>(() => ScriptText.Join(Prelude, parts.Select(Read), Read(name)));
        _sha1 = new Lazy<string>(() => HashOf(Text));
        _arity = new Lazy<ScriptArity>(() => ScriptArity.Parse(name, Read(name)));
    }

    public static Script Publish { get; } = new(
        "publish", "_lanes", "_payload", "_rates", "_priorities", "_outbox", "_accept", "_refusing", "_publishing");

    /// <summary>Gets the script for calls with unique work. The others need not know what it takes.</summary>
    public static Script PublishUnique { get; } = new(
        "publish_unique", "_lanes", "_deliveries", "_places", "_payload", "_rates", "_priorities", "_outbox", "_unique",
        "_canceling", "_unique_publishing", "_accept", "_refusing", "_publishing");

    public static Script Subscribe { get; } = new(
        "subscribe", "_groups", "_deliveries", "_parked", "_settings", "_places", "_limits", "_key_limit", "_modes", "_rates",
        "_priorities", "_outbox");

    public static Script Claim { get; } = new(
        "claim", "_contact", "_deliveries", "_parked", "_settings", "_places", "_payload", "_priorities", "_unique");

    public static Script ClaimNext { get; } = new("claim_next", "_deliveries", "_parked", "_settings", "_places", "_payload");

    public static Script Unreceived { get; } = new("unreceived", "_deliveries", "_places");

    public static Script Settle { get; } = new(
        "settle", "_deliveries", "_settling", "_attempts", "_parked", "_places", "_payload", "_rates", "_priorities", "_outbox", "_unique",
        "_canceling", "_unique_publishing", "_accept", "_dead_letters", "_retention");

    public static Script SettlePlain { get; } = new("settle_plain", "_deliveries", "_settling", "_rates", "_retention");

    public static Script SettleKeyed { get; } = new("settle_keyed", "_deliveries", "_settling", "_places", "_rates", "_retention");

    public static Script TakeGrants { get; } = new("take_grants", "_limits");

    public static Script ReturnGrants { get; } = new("return_grants", "_limits");

    public static Script RateLimits { get; } = new("rate_limits", "_limits", "_settings", "_key_limit");

    public static Script SetRateLimit { get; } = new("set_rate_limit", "_lanes", "_limits");

    public static Script SetKeyLimit { get; } = new("set_key_limit", "_lanes", "_settings", "_limits", "_key_limit");

    public static Script StandStill { get; } = new("stand_still", "_limits");

    public static Script Renew { get; } = new("renew", "_contact", "_deliveries");

    public static Script Reap { get; } = new("reap", "_contact", "_deliveries", "_places", "_priorities", "_unique", "_attempts", "_rates");

    public static Script Shorten { get; } = new("shorten");

    public static Script Sweep { get; } = new(
        "sweep", "_deliveries", "_attempts", "_places", "_dead_letters", "_repair_places", "_rates", "_rate_sums",
        "_retention", "_tags", "_ending");

    public static Script Unhandled { get; } = new("unhandled", "_deliveries", "_parked", "_places", "_priorities", "_unique");

    public static Script Repair { get; } = new(
        "repair", "_deliveries", "_parked", "_settings", "_rates", "_priorities", "_outbox", "_tags", "_unique", "_repair_events",
        "_repair_triggers", "_repair_indexes", "_repair_foreign");

    public static Script Count { get; } = new("count", "_parked", "_lag");

    public static Script MeasureGroups { get; } = new("measure_groups", "_parked", "_lag");

    public static Script Unrouted { get; } = new("unrouted");

    public static Script PageEvents { get; } = new(
        "page_events", "_deliveries", "_parked", "_walking", "_lists", "_paging", "_selecting");

    public static Script ExplainDeliveries { get; } = new(
        "explain_deliveries", "_deliveries", "_parked", "_settings", "_places", "_priorities", "_unique");

    public static Script PageUnrouted { get; } = new("page_unrouted", "_walking", "_paging");

    public static Script PageTriggers { get; } = new("page_triggers", "_walking", "_paging", "_selecting_triggers");

    public static Script CancelEvent { get; } = new(
        "cancel_event", "_lanes", "_deliveries", "_places", "_priorities", "_unique", "_canceling");

    public static Script Redrive { get; } = new(
        "redrive", "_lanes", "_changing_dead", "_deliveries", "_places", "_rates", "_priorities", "_unique", "_outbox", "_redriving");

    public static Script PauseGroup { get; } = new("pause_group", "_lanes", "_settings");

    public static Script SetConcurrency { get; } = new("set_concurrency", "_lanes");

    public static Script AddAudit { get; } = new("add_audit", "_lanes");

    public static Script Groups { get; } = new("groups", "_groups", "_settings");

    public static Script Keys { get; } = new("keys");

    public static Script RemoveGroup { get; } = new(
        "remove_group", "_lanes", "_groups", "_deliveries", "_priorities", "_unique", "_attempts", "_rates", "_parked", "_settings");

    public static Script DiscardUnrouted { get; } = new("discard_unrouted", "_lanes");

    public static Script NoteConsumer { get; } = new("note_consumer", "_shares");

    public static Script DiscardEvent { get; } = new(
        "discard_event", "_lanes", "_changing_dead", "_deliveries", "_attempts", "_places", "_discarding");

    public static Script StartOperation { get; } = new("start_operation", "_lanes");

    public static Script StopOperation { get; } = new("stop_operation", "_lanes");

    public static Script Operations { get; } = new("operations");

    public static Script AdvanceOperation { get; } = new(
        "advance_operation", "_deliveries", "_parked", "_places", "_priorities", "_unique", "_walking", "_lists", "_rates", "_outbox",
        "_retention", "_tags", "_ending", "_selecting", "_selecting_triggers", "_redriving", "_attempts", "_discarding", "_canceling",
        "_pausing");

    public static Script Meta { get; } = new("meta");

    public static Script Probe { get; } = new("probe");

    public static Script AddTrigger { get; } = new("add_trigger", "_lanes", "_payload", "_tags");

    public static Script Tagged { get; } = new("tagged");

    public static Script CancelTrigger { get; } = new("cancel_trigger", "_lanes", "_retention", "_tags", "_ending");

    public static Script PauseTrigger { get; } = new("pause_trigger", "_lanes", "_pausing");

    public static Script ResumeTrigger { get; } = new("resume_trigger", "_lanes", "_pausing");

    public static Script RescheduleTrigger { get; } = new("reschedule_trigger", "_lanes");

    public static Script FireTrigger { get; } = new(
        "fire_trigger", "_lanes", "_deliveries", "_payload", "_rates", "_priorities", "_outbox", "_unique", "_firing", "_retention",
        "_tags", "_ending");

    public static Script FireDue { get; } = new(
        "fire_due", "_deliveries", "_payload", "_rates", "_priorities", "_outbox", "_unique", "_firing", "_retention", "_tags",
        "_ending");

    public static Script FirePlanned { get; } = new(
        "fire_planned", "_deliveries", "_payload", "_rates", "_priorities", "_outbox", "_unique", "_firing", "_retention", "_tags",
        "_ending");

    public static Script AddSubscription { get; } = new("add_subscription", "_subscription_numbers");

    public static Script RemoveSubscriptions { get; } = new("remove_subscriptions", "_subscription_numbers");

    public static Script SubscriptionChanges { get; } = new("subscription_changes");

    public static Script RecordTriggerError { get; } = new("record_trigger_error");

    public static Script FireMatches { get; } = new(
        "fire_matches", "_payload", "_rates", "_priorities", "_outbox", "_firing", "_retention", "_tags", "_ending", "_matching");

    public static Script Observe { get; } = new(
        "observe", "_payload", "_rates", "_priorities", "_outbox", "_firing", "_retention", "_tags", "_ending", "_matching",
        "_dropping", "_rule", "_entries", "_state", "_bounds", "_rate_limit", "_rules", "_rule_each", "_rule_count", "_rule_then",
        "_rule_without", "_rule_debounce", "_distinct", "_key_values", "_observing");

    /// <summary>Gets the script that explains: it consists of the parts of those that match, without what changes anything.</summary>
    public static Script Explain { get; } = new(
        "explain", "_payload", "_priorities", "_outbox", "_firing", "_matching", "_rule", "_entries", "_state", "_bounds", "_rate_limit",
        "_rules", "_rule_each", "_rule_count", "_rule_then", "_rule_without", "_rule_debounce", "_distinct", "_key_values", "_observing");

    public static Script FireWaiting { get; } = new(
        "fire_waiting", "_deliveries", "_payload", "_rates", "_priorities", "_outbox", "_firing", "_retention", "_tags", "_ending",
        "_matching", "_dropping", "_rule", "_entries", "_state", "_bounds", "_rate_limit", "_rules", "_rule_without", "_rule_debounce");

    public string Name { get; }

    public string Text => _text.Value;

    /// <summary>Gets the hash of the text as 40 hex characters, which the client sends as EVALSHA.</summary>
    public string Sha1 => _sha1.Value;

    /// <summary>
    /// Compares a call with the script's header, in a debug build: a call with a slot too many or too few does not reach the server.
    /// </summary>
    /// <exception cref="InvalidOperationException">The call does not fit.</exception>
    [Conditional("DEBUG")]
    public void ThrowUnlessFits(int keys, int arguments) => _arity.Value.ThrowUnlessFits(keys, arguments);

    /// <summary>Creates the exception for an answer that the header does not name.</summary>
    public InvalidOperationException Unexpected(string? answer) => new($"{Name}.lua answered '{answer}'.");

    private static string Read(string name)
    {
        using var stream = typeof(Script).Assembly.GetManifestResourceStream($"{name}.lua")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

#pragma warning disable CA5350 // SHA-1 is how Redis names scripts; nothing is protected by it.
    private static string HashOf(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350
}
