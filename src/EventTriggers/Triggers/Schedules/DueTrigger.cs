using System.Globalization;

namespace EventTriggers;

/// <summary>A recurring trigger that is due, as advance.lua tells of it.</summary>
internal sealed class DueTrigger
{
    /// <summary>How many words tell one.</summary>
    public const int Words = 16;

    private readonly string[] _words;

    private DueTrigger(string[] words) => _words = words;

    public string Id => _words[0];

    /// <summary>Gets the hash of its definition.</summary>
    public string Spec => _words[1];

    /// <summary>Gets when it is due, as its hash says.</summary>
    public string Due => _words[2];

    /// <summary>Gets how often it has fired, as its hash says.</summary>
    public string Fired => _words[6];

    /// <summary>Gets how many occurrences were missed before, since it fired last.</summary>
    public long Missed => Number(5) ?? 0;

    private Timetable Timetable => new()
    {
        Until = Number(8),
        Every = Number(9),
        Cron = _words[10],
        Zone = _words[11].Length > 0 ? _words[11] : "UTC",
        Start = Number(12),
        Jitter = Number(13) ?? 0,
        Misfire = Misfire.Parse(_words[14].Length > 0 ? _words[14] : null),
        Except = Timetable.ParseExcept(_words[15]),
    };

    public static DueTrigger Parse(string[] words) => new(words);

    /// <summary>Decides what to do about it.</summary>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know its zone.</exception>
    public Plan Plan(long now)
    {
        var due = Number(2)!.Value;
        var timetable = Timetable;
        var left = Number(7) is { } times ? times - (Number(6) ?? 0) : long.MaxValue;
        return EventTriggers.Plan.Of(timetable.Read(), timetable.Misfire, new Recurring(due, Number(3) ?? due, Number(4) ?? long.MinValue, left), now);
    }

    private long? Number(int word) => _words[word].Length > 0 ? long.Parse(_words[word], CultureInfo.InvariantCulture) : null;
}
