using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers;

/// <summary>A firing of a recurring trigger, as it is remembered.</summary>
public sealed class FiringRecord
{
    /// <summary>Gets when it was due.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Gets when it fired, by the clock of Redis.</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>Gets by how much it was late.</summary>
    public TimeSpan Lateness => FiredAt - DueAt;

    /// <summary>Gets the id of the event that it raised.</summary>
    public required string EventId { get; init; }

    /// <summary>Gets why it cannot be read, because something else has written into the history: then its times are the beginning of 1970, and <see cref="EventId"/> is empty. The default
    /// value is <see langword="null"/>: all was read.</summary>
    public string? Unreadable { get; init; }

    /// <summary>Gets what stands for a history whose key holds something else.</summary>
    internal static FiringRecord Foreign { get; } = Unread("Its key holds something else than a list.");

    internal static FiringRecord Parse(string entry) =>
        entry.Split(' ') is [var due, var fired, var id] && NameRules.IsId(id) && Time(due) is { } dueAt && Time(fired) is { } firedAt
            ? new FiringRecord { DueAt = dueAt, FiredAt = firedAt, EventId = id }
            : Unread($"An entry of its history is '{Excerpt.Of(entry)}', which is not a firing.");

    private static FiringRecord Unread(string why) =>
        new() { DueAt = DateTimeOffset.UnixEpoch, FiredAt = DateTimeOffset.UnixEpoch, EventId = string.Empty, Unreadable = why };

    private static DateTimeOffset? Time(string ms) =>
        long.TryParse(ms, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? UnixTime.ToDateTimeOffset(number) : null;
}
