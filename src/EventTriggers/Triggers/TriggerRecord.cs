using System.Text.Json.Serialization;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers;

/// <summary>A stored trigger.</summary>
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

    /// <summary>Gets the payload of the event that it publishes: JSON in UTF-8.</summary>
    [JsonConverter(typeof(PayloadJsonConverter))]
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Gets the wire name of the events that it waits for; <see langword="null"/> for a time trigger.</summary>
    public string? SourceType { get; init; }

    /// <summary>
    /// Gets the other wire names of those events: the names that their payload type had before, as the host knew them that added the
    /// trigger (<c>alsoKnownAs</c> of <c>AddEvent</c>). Empty for none.
    /// </summary>
    public IReadOnlyList<string> SourceAliases { get; init; } = [];

    /// <summary>Gets the <see cref="EventPattern"/> that those events must match; <see langword="null"/> for all of them.</summary>
    public string? Pattern { get; init; }

    /// <summary>Gets its rule over time; <see langword="null"/> for a time trigger, and for one that fires for each event.</summary>
    public OverTimeRecord? OverTime { get; init; }

    /// <summary>
    /// Gets the template of the event that it publishes, see <see cref="EventTemplate"/>; <see langword="null"/> if <see cref="Payload"/>
    /// is always published unchanged.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>Gets the options of the events that it publishes; <see langword="null"/> for the defaults.</summary>
    public PublishOptions? Options { get; init; }

    /// <summary>Gets the events that cancel it; <see langword="null"/> for none.</summary>
    public CancelOnRecord? CancelOn { get; init; }

    /// <summary>Gets the moment at which it is, or was, due; <see langword="null"/> for an event trigger.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets the moment at which it was added.</summary>
    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>Gets the number of times that it has fired.</summary>
    public required long FiringCount { get; init; }

    /// <summary>Gets the moment at which it fired last; <see langword="null"/> if it has not fired.</summary>
    public DateTimeOffset? LastFiredAt { get; init; }

    /// <summary>Gets the number of firings after which it ends; <see langword="null"/> for no limit.</summary>
    public int? MaxFirings { get; init; }

    /// <summary>Gets the last moment at which it fires; <see langword="null"/> for no limit.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Gets the interval; <see langword="null"/> for other kinds.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets the cron expression; <see langword="null"/> for other kinds.</summary>
    public string? Cron { get; init; }

    /// <summary>Gets the IANA id of the time zone of the cron expression; <see langword="null"/> for other kinds.</summary>
    public string? Zone { get; init; }

    /// <summary>Gets the moment that an interval counts from, or before which a cron expression is not due.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>
    /// Gets the time by which a cron trigger is due later than its expression says. For an interval, it is part of <see cref="StartsAt"/>.
    /// </summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Gets the policy for missed occurrences; <see langword="null"/> for a trigger that does not recur.</summary>
    public Misfire? Misfire { get; init; }

    /// <summary>
    /// Gets a value indicating whether it skips an occurrence while the event that it raised before has not ended
    /// (<see cref="TriggerRule{TRule}.SkipWhileRunning"/>).
    /// </summary>
    public bool SkipsWhileRunning { get; init; }

    /// <summary>Gets the dates on which a recurring trigger is not due.</summary>
    public IReadOnlyList<DateOnly> ExceptOn { get; init; } = [];

    /// <summary>Gets why the next occurrence could not be computed, for example because a machine does not know the time zone; it is tried
    /// again once a minute. For an event trigger: why the trigger cannot be read, or last did not fire for an event, for example because it
    /// was matched too late; kept until the trigger is changed. <see langword="null"/> if there is no error.</summary>
    public string? Error { get; init; }

    /// <summary>Gets its tags.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>
    /// Gets the parts that could not be read, because something other than EventTriggers wrote to the trigger's hash; they are missing
    /// here, or have defaults. <see langword="null"/>, the default, if everything was read.
    /// </summary>
    public string? Unreadable { get; init; }

    internal ScheduleDefinition? Schedule { get; init; }

    internal DateTimeOffset? Slot { get; init; }

    /// <summary>Computes the next due times of a recurring trigger.</summary>
    /// <param name="count">The number of occurrences; 1–1000.</param>
    /// <returns>
    /// The occurrences in the trigger's time zone, beginning with <see cref="DueAt"/>; fewer if the trigger ends before, none if it has
    /// ended.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur, or its hash does not say when it is due.</exception>
    /// <exception cref="TimeZoneNotFoundException">This machine does not know its zone.</exception>
    public IReadOnlyList<DateTimeOffset> Preview(int count)
    {
        var schedule = (Schedule ?? throw new InvalidOperationException(
            $"Preview is for triggers that recur, made by Every or Cron, but '{Id}' is {Kind}."))
            .Compile();
        var left = Status is TriggerStatus.Active or TriggerStatus.Paused ? MaxFirings - FiringCount : 0;
        var due = DueAt ?? throw new InvalidOperationException($"It is not known when trigger '{Id}' is due. {Unreadable}");
        return schedule.PreviewFrom(due.ToUnixTimeMilliseconds(), (Slot ?? due).ToUnixTimeMilliseconds(), count, left);
    }
}
