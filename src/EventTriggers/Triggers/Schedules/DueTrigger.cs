using StackExchange.Redis;

namespace EventTriggers;

/// <summary>A recurring trigger that is due, as advance.lua tells of it.</summary>
internal sealed class DueTrigger
{
    // The fields of its hash that are told, in the order of the script.
    private static readonly string[] Names =
    [
        "spec", "due", "slot", "resumed", "missed", "fired", "times", "until", "every", "cron", "zone", "start", "jitter", "misfire", "except",
    ];

    private readonly HashFields _fields;

    private DueTrigger(string id, HashFields fields) => (Id, _fields) = (id, fields);

    /// <summary>Gets how many words tell one.</summary>
    public static int Words => 1 + Names.Length;

    public string Id { get; }

    /// <summary>Gets the hash of its definition.</summary>
    public string Spec => _fields.Text("spec") ?? string.Empty;

    /// <summary>Gets when it is due, as its hash says.</summary>
    public string Due => _fields.Text("due") ?? string.Empty;

    /// <summary>Gets how often it has fired, as its hash says.</summary>
    public string Fired => _fields.Text("fired") ?? string.Empty;

    /// <summary>Gets how many occurrences were missed before, since it fired last.</summary>
    public long Missed => _fields.Number("missed") ?? 0;

    /// <summary>Reads one; a word that is empty is a field that is not there.</summary>
    public static DueTrigger Parse(string[] words) => new(
        words[0], new HashFields([.. Names.Zip(words.Skip(1)).Where(static field => field.Second.Length > 0).Select(static field => new HashEntry(field.First, field.Second))]));

    /// <summary>Decides what to do about it.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know its zone.</exception>
    public Plan Plan(long now)
    {
        var due = _fields.Number("due")!.Value;
        var timetable = TriggerHash.ReadTimetable(_fields)!;
        var left = _fields.Number("times") is { } times ? times - (_fields.Number("fired") ?? 0) : long.MaxValue;
        return EventTriggers.Plan.Of(
            timetable.Read(), timetable.Misfire, new Recurring(due, _fields.Number("slot") ?? due, _fields.Number("resumed") ?? long.MinValue, left), now);
    }
}
