using EventTriggers.Events;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Schedules;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>A recurring trigger that is due, as fire_due.lua reports it.</summary>
internal sealed class DueTrigger
{
    // The fields of its hash that are reported, in the order of the script.
    private static readonly string[] Names =
    [
        "spec", "due", "slot", "resumed", "missed", "fired", "times", "until", "every", "cron", "zone", "start", "jitter", "misfire",
        "except", "trace", "skip",
    ];

    private readonly HashFields _fields;

    private DueTrigger(string id, HashFields fields) => (Id, _fields) = (id, fields);

    public string Id { get; }

    /// <summary>Gets the hash of its definition.</summary>
    public RedisValue Spec => _fields.Value("spec");

    /// <summary>Gets when it is due, as its hash says.</summary>
    public RedisValue Due => _fields.Value("due");

    /// <summary>Gets how often it has fired, as its hash says.</summary>
    public RedisValue Fired => _fields.Value("fired");

    /// <summary>Gets the context of the span in which it was added, as it is stored; <see langword="null"/> for none.</summary>
    public string? Trace => _fields.Text("trace");

    /// <summary>Gets its kind: <c>cron</c> or <c>every</c>.</summary>
    public TriggerKind Kind => _fields.Has("cron") ? TriggerKind.Cron : TriggerKind.Every;

    /// <summary>Gets the number of occurrences that were missed before, since it fired last.</summary>
    public long Missed => _fields.Number("missed") ?? 0;

    /// <summary>Reads a trigger; a field that is empty is not there.</summary>
    public static DueTrigger From(ref FlatReply reply)
    {
        var (id, fields) = (reply.NextString()!, new List<HashEntry>(Names.Length));
        foreach (var name in Names)
        {
            if (reply.NextBytes() is { Length: > 0 } value)
            {
                fields.Add(new HashEntry(name, value));
            }
        }

        return From(id, [.. fields]);
    }

    /// <summary>Creates a trigger from the fields of its hash.</summary>
    public static DueTrigger From(string id, HashEntry[] fields) => new(id, new HashFields(fields));

    /// <summary>Decides what to do about the trigger.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know its zone.</exception>
    /// <exception cref="InvalidDataException">Something else has written into its hash.</exception>
    public FirePlan Plan(long now)
    {
        var schedule = TriggerHash.ReadSchedule(_fields);
        if (_fields.Number("due") is not { } due || schedule is null or { Cron: null,
            Start: null } or { Every: < 1 } or { Jitter: < 0 } || _fields.Unreadable is not null)
        {
            throw new InvalidDataException(_fields.Unreadable ?? "Its hash does not say when it is due.");
        }

        return FirePlan.Decide(
            schedule.Compile(), schedule.Misfire, new DueOccurrence(
                Clamp(due), Clamp(_fields.Number("slot") ?? due), _fields.Number("resumed") ?? long.MinValue, FiringsLeft()), now);
    }

    // Which occurrences are skipped, and so do not count, is known only while they fire: then fire_planned.lua ends the trigger.
    private long FiringsLeft() =>
        _fields.Number("times") is { } times && !_fields.Has("skip") ? times - (_fields.Number("fired") ?? 0) : long.MaxValue;

    private static long Clamp(long ms) => Math.Clamp(ms, UnixTime.MinMs, UnixTime.MaxMs);
}
