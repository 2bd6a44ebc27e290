using System.Text.Json.Serialization;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers;

/// <summary>A trigger as it is stored.</summary>
public sealed class TriggerRecord
{
    /// <summary>Gets the trigger's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets what makes it fire.</summary>
    public required TriggerKind Kind { get; init; }

    /// <summary>Gets the status.</summary>
    public required TriggerStatus Status { get; init; }

    /// <summary>Gets the wire name of the event that it publishes.</summary>
    public required string EventType { get; init; }

    /// <summary>Gets the payload of the event that it publishes.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Gets the wire name of the events that it waits for; <see langword="null"/> for a time trigger.</summary>
    public string? SourceType { get; init; }

    /// <summary>Gets which of those events it fires for, as an <see cref="EventPattern"/>; <see langword="null"/> for all.</summary>
    public string? Pattern { get; init; }

    /// <summary>Gets what it asks for over time; <see langword="null"/> for a time trigger, and for one that fires for each event without more.</summary>
    public OverTimeRecord? OverTime { get; init; }

    /// <summary>Gets the template of the event that it publishes, see <see cref="EventTemplate"/>; <see langword="null"/> where <see cref="Payload"/> is always published as it is.</summary>
    public string? Template { get; init; }

    /// <summary>Gets the options of the events that it publishes; <see langword="null"/> for the defaults.</summary>
    public PublishOptions? Options { get; init; }

    /// <summary>Gets which events cancel it; <see langword="null"/> for none.</summary>
    public CancelOnRecord? CancelOn { get; init; }

    /// <summary>Gets when it is, or was, due; <see langword="null"/> for an event trigger.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets when it was added.</summary>
    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>Gets how often it has fired.</summary>
    public required long FiringCount { get; init; }

    /// <summary>Gets when it fired last.</summary>
    public DateTimeOffset? LastFiredAt { get; init; }

    /// <summary>Gets how often it fires at most; <see langword="null"/> for any number.</summary>
    public int? MaxFirings { get; init; }

    /// <summary>Gets until when it fires; <see langword="null"/> for ever.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Gets the interval of a trigger of that kind.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets the cron expression of a trigger of that kind.</summary>
    public string? Cron { get; init; }

    /// <summary>Gets the IANA id of the zone of a cron expression.</summary>
    public string? Zone { get; init; }

    /// <summary>Gets the moment that an interval counts from, or before which a cron expression is not due.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>Gets by how much a cron expression is due later, so that not all of its kind are due at once. An interval has it in its start.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets what a recurring trigger does about missed occurrences; <see langword="null"/> for others.</summary>
    public Misfire? Misfire { get; init; }

    /// <summary>Gets the dates that a recurring trigger leaves out.</summary>
    public IReadOnlyList<DateOnly> ExceptOn { get; init; } = [];

    /// <summary>Gets why its next occurrence could not be computed, for example because a machine does not know its zone; it is tried again once a minute.
    /// Of an event trigger: why it cannot be read, or last did not fire for an event or gave one up, for example because it was matched too late; it stays until the trigger is changed.</summary>
    public string? Error { get; init; }

    /// <summary>Gets its tags.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Gets what of it cannot be read, because something else has written into its hash: that is missing here, or has its default. The default value is <see langword="null"/>: all was read.</summary>
    public string? Unreadable { get; init; }

    internal ScheduleDefinition? Timetable { get; init; }

    internal DateTimeOffset? Slot { get; init; }

    /// <summary>Computes when a recurring trigger is due next, if nothing changes.</summary>
    /// <param name="count">How many occurrences; 1–1000.</param>
    /// <returns>The occurrences in its zone, the first of which is <see cref="DueAt"/>; fewer when it ends, and none when it has ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur, or its hash does not say when it is due.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know its zone.</exception>
    public IReadOnlyList<DateTimeOffset> Preview(int count)
    {
        var schedule = (Timetable ?? throw new InvalidOperationException($"Preview is for triggers that recur, made by Every or Cron, but '{Id}' is {Kind}.")).Compile();
        var left = Status is TriggerStatus.Active or TriggerStatus.Paused ? MaxFirings - FiringCount : 0;
        var due = DueAt ?? throw new InvalidOperationException($"It is not known when trigger '{Id}' is due. {Unreadable}");
        return schedule.PreviewFrom(due.ToUnixTimeMilliseconds(), (Slot ?? due).ToUnixTimeMilliseconds(), count, left);
    }
}
