using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers;

/// <summary>A remembered firing of a recurring trigger, or an occurrence that it skipped.</summary>
public sealed class FiringRecord
{
    // No id has it.
    private const char SkippedMark = '!';

    /// <summary>Gets the moment at which it was due.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Gets the moment at which it fired, or was skipped, by the clock of Redis.</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>Gets the time from <see cref="DueAt"/> to <see cref="FiredAt"/>.</summary>
    public TimeSpan Lateness => FiredAt - DueAt;

    /// <summary>
    /// Gets a value indicating whether the occurrence was skipped, because the event that the trigger had raised before had not ended
    /// (<see cref="TriggerRule{TRule}.SkipWhileRunning"/>).
    /// </summary>
    public bool WasSkipped { get; init; }

    /// <summary>Gets the id of the event that it raised; if it was skipped, of the event that had not ended.</summary>
    public required string EventId { get; init; }

    /// <summary>Gets why it could not be read, because something other than EventTriggers wrote to the history; its times are then the
    /// beginning of 1970, and <see cref="EventId"/> is empty. <see langword="null"/>, the default, if everything was read.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Gets what stands for a history whose key holds something else.</summary>
    internal static FiringRecord Foreign { get; } = Unread("Its key holds something else than a list.");

    internal static FiringRecord Parse(string entry) =>
        entry.Split(' ') is [var due, var fired, var word] && NameRules.IsId(word.TrimStart(SkippedMark))
        && Time(due) is { } dueAt && Time(fired) is { } firedAt
            ? new FiringRecord
            {
                DueAt = dueAt, FiredAt = firedAt, EventId = word.TrimStart(SkippedMark), WasSkipped = word.StartsWith(SkippedMark),
            }
            : Unread($"An entry of its history is '{Excerpt.Of(entry)}', which is not a firing.");

    private static FiringRecord Unread(string why) =>
        new() { DueAt = DateTimeOffset.UnixEpoch, FiredAt = DateTimeOffset.UnixEpoch, EventId = string.Empty, Unreadable = why };

    private static DateTimeOffset? Time(string ms) =>
        long.TryParse(ms, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? UnixTime.ToDateTimeOffset(number)
            : null;
}
