using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers.OverTime;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Triggers;

/// <summary>The definition that the fluent API builds.</summary>
internal sealed record TriggerDefinition
{
    public required TriggerKind Kind { get; init; }

    public string? Id { get; init; }

    public DateTimeOffset? Due { get; init; }

    public TimeSpan? Delay { get; init; }

    /// <summary>Gets the payload type of the events to wait for, whose wire name only a host's registrations tell.</summary>
    public Type? SourcePayload { get; init; }

    public string? SourceType { get; init; }

    /// <summary>Gets which of those events it fires for; <see langword="null"/> for all.</summary>
    public ConditionSource? Condition { get; init; }

    /// <summary>Gets what it asks for over time; <see langword="null"/> where it fires for each event.</summary>
    public OverTimeDefinition? OverTime { get; init; }

    /// <summary>Gets which events cancel it.</summary>
    public EventCondition? CancelOn { get; init; }

    /// <summary>Gets the schedule of a trigger that recurs.</summary>
    public ScheduleDefinition? Schedule { get; init; }

    /// <summary>Gets since when it fires.</summary>
    public DateTimeOffset? First { get; init; }

    /// <summary>Gets the most by which it is due later than its schedule says.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets the time in ms by which it is due later, as a stored trigger has it; it replaces <see cref="Jitter"/>.</summary>
    public long? StoredJitter { get; init; }

    /// <summary>Gets a value indicating whether it skips occurrences while the event that it raised before has not ended.</summary>
    public bool SkipsWhileRunning { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public int? FiresAtMost { get; init; }

    public DateTimeOffset? Last { get; init; }

    public OnConflict Conflict { get; init; }

    public OutgoingPayload? Payload { get; init; }

    /// <summary>Gets the options of the events that it raises.</summary>
    public RaisedOptions? Options { get; init; }

    /// <summary>Gets what makes the payload of each event that it matches.</summary>
    public EventTemplate? Template { get; init; }

    /// <summary>Gets the schedule of a recurring trigger that is added at a moment, in unix ms.</summary>
    public ScheduleDefinition ScheduleFor(string? id, long now)
    {
        var schedule = Schedule! with { Until = Last is { } last ? UnixTime.CeilingMs(last) : null };
        var spread = id is { } known && Jitter > TimeSpan.Zero ? Routing.Spread(known, (long)Jitter.TotalMilliseconds) : 0;
        var jitter = StoredJitter ?? spread;
        long? start = First is { } first ? UnixTime.CeilingMs(first) : null;
        return schedule.Every is { } every
            ? schedule with { Start = (start ?? now + every) + jitter }
            : schedule with { Start = start, Jitter = jitter };
    }
}
