using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Finds what is wrong now, the worst first. It asks no server.</summary>
internal static class FindingRules
{
    private static readonly TimeSpan LongLag = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan VeryLongLag = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LargeClockOffset = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<Finding> Find(Overview overview, DateTimeOffset now) =>
    [
        .. overview.Groups.SelectMany(view => OfGroup(view.Group, overview.Consumers.Count, now))
            .Concat(OfOverdue(overview, now))
            .Concat(overview.Unrouted.Types.Select(OfUnrouted)).Concat(overview.Consumers.SelectMany(OfConsumer))
            .Concat(overview.UnreadPartitions.Select(OfUnread)).OrderByDescending(static finding => finding.Level),
    ];

    private static IEnumerable<Finding> OfGroup(GroupRecord group, int consumers, DateTimeOffset now)
    {
        var (name, counts) = (group.Name, group.Counts);
        var waiting = Words.Count(counts.Ready, "delivery waits", "deliveries wait");
        if (group.Pause is { } pause)
        {
            yield return New(Level.Notice, $"Group {name} is paused{Of(pause, now)}: {waiting}.", $"et resume {Quoted(name)}");
        }
        else if (counts.Ready > 0 && (name.StartsWith('$') ? consumers == 0 : group.Consumers.Count == 0))
        {
            yield return New(
                Level.Error, $"No consumer runs for group {name}; {waiting}, the oldest for {Words.Length(counts.Lag)}.",
                "Start a host that handles its types, or remove the group if it is not needed any more.");
        }
        else if (counts.Lag > LongLag)
        {
            yield return New(
                counts.Lag > VeryLongLag ? Level.Error : Level.Warning,
                $"Group {name} is behind: {waiting}, the oldest for {Words.Length(counts.Lag)}.", $"et groups {Quoted(name)}");
        }

        if (counts.Dead > 0)
        {
            yield return New(
                Level.Warning, $"Group {name} has {Words.Count(counts.Dead, "dead letter", "dead letters")}.",
                $"et deliveries --group {Quoted(name)} --status dead");
        }
    }

    private static IEnumerable<Finding> OfOverdue(Overview overview, DateTimeOffset now)
    {
        if (overview.Overdue.Triggers is [{ DueAt: { } due } first, ..] all)
        {
            yield return New(
                Level.Error,
                $"{(overview.Overdue.Cursor is null ? string.Empty : "At least ")}{Words.Count(all.Count, "trigger is", "triggers are")} "
                + $"overdue, {first.Id} for {Words.Length(now - due)}.",
                overview.Consumers.Count == 0 ? "No consumer runs: start a host." : "et triggers --status active --due-before 0s");
        }
    }

    private static Finding OfUnrouted(UnroutedType type) => New(
        Level.Warning, $"{Words.Count(type.Count, "event", "events")} of type {type.Type} went to no group.", $"et unrouted {type.Type}");

    private static IEnumerable<Finding> OfConsumer(ConsumerRecord consumer)
    {
        if (consumer.ClockOffset is { } offset && offset.Duration() > LargeClockOffset)
        {
            yield return New(
                Level.Warning, $"The clock of {consumer.Machine} is {Words.Length(offset)} off the clock of Redis.",
                "Redis decides what is due, so nothing fires early; but set the clock of the machine.");
        }
    }

    private static Finding OfUnread(int partition) => New(
        Level.Error, $"Partition {Words.Number(partition)} could not be read: its deliveries are missing in all numbers here.",
        "Look at its server: et doctor");

    private static string Of(GroupPause pause, DateTimeOffset now) =>
        (pause.Since is { } since ? $" for {Words.Length(now - since)}" : string.Empty)
        + (pause.By is { Length: > 0 } by ? $" by {by}" : string.Empty)
        + (pause.Until is { } until ? $", until {Words.Moment(until)}" : string.Empty)
        + (pause.Reason is { Length: > 0 } reason ? $" ({reason})" : string.Empty);

    // '$triggers' is a variable to a shell.
    private static string Quoted(string name) => name.StartsWith('$') ? $"'{name}'" : name;

    private static Finding New(Level level, string text, string advice) => new() { Level = level, Text = text, Advice = advice };
}
