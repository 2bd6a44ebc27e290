using System.Globalization;
using static EventTriggers.Dashboard.Overview.FindingText;

namespace EventTriggers.Dashboard.Overview;

/// <summary>Finds what is wrong now. It asks no server.</summary>
internal static class FindingRules
{
    public static readonly TimeSpan LongLag = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan VeryLongLag = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan LargeClockOffset = TimeSpan.FromSeconds(5);

    // Jumps and losses are told for as long as the health checks tell them.
    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);

    /// <returns>The findings, the worst first.</returns>
    public static IReadOnlyList<Finding> Find(
        IReadOnlyList<GroupRecord> groups, IReadOnlyList<ConsumerRecord> consumers, UnroutedCounts unrouted, ConsumerLoopStatus loop) =>
    [
        .. groups.SelectMany(group => OfGroup(group, consumers)).Concat(OfUnrouted(unrouted)).Concat(consumers.SelectMany(OfConsumer))
            .Concat(OfLoop(loop)).Concat(OfUnread(groups, unrouted)).OrderBy(static finding => finding.Severity),
    ];

    private static IEnumerable<Finding> OfGroup(GroupRecord group, IReadOnlyList<ConsumerRecord> consumers)
    {
        var (name, counts) = (group.Name, group.Counts);
        var link = $"deliveries?group={Uri.EscapeDataString(name)}";
        if (group.Pause is { } pause)
        {
            yield return New(
                FindingSeverity.Notice, $"Group {name} is paused{By(pause)}; {Count(counts.Ready, "delivery waits", "deliveries wait")}.",
                "Resume it when the reason is gone.", $"{link}&status=Ready");
        }
        else if (counts.Ready > 0 && group.Consumers.Count == 0 && IsWithoutConsumer(name, consumers))
        {
            yield return New(
                FindingSeverity.Error,
                $"No consumer runs for group {name}; {Count(counts.Ready, "delivery waits", "deliveries wait")}.",
                "Start a host that handles its types, or remove the group if it is not needed any more.", $"{link}&status=Ready");
        }
        else if (counts.Lag > LongLag)
        {
            yield return New(
                counts.Lag > VeryLongLag ? FindingSeverity.Error : FindingSeverity.Warning,
                $"Group {name} is behind: its oldest ready delivery has waited for {Length(counts.Lag)}.",
                "Look at what its consumers do; add some, or raise their concurrency.", $"{link}&status=Ready");
        }

        if (counts.HeldKeys > 0)
        {
            yield return New(
                FindingSeverity.Warning, $"{Count(counts.HeldKeys, "key waits", "keys wait")} behind a dead letter in group {name}.",
                "Redrive it, then it runs before the others, or discard it.", $"keys?group={Uri.EscapeDataString(name)}");
        }

        if (counts.Dead > 0)
        {
            yield return New(
                FindingSeverity.Warning, $"Group {name} has {Count(counts.Dead, "dead letter", "dead letters")}.",
                "Look at why they failed, then redrive them.", $"{link}&status=Dead");
        }
    }

    // Every consumer matches events with triggers.
    private static bool IsWithoutConsumer(string group, IReadOnlyList<ConsumerRecord> consumers) =>
        !group.StartsWith('$') || consumers.Count == 0;

    private static IEnumerable<Finding> OfUnrouted(UnroutedCounts unrouted) => unrouted.Types.Select(static type => New(
        FindingSeverity.Warning, $"{Count(type.Count, "event", "events")} of type {type.Type} went to no group.",
        "Start a host that handles the type. If none ever will, discard the events.",
        $"unrouted?type={Uri.EscapeDataString(type.Type)}"));

    private static IEnumerable<Finding> OfConsumer(ConsumerRecord consumer)
    {
        if (consumer.ClockOffset is { } offset && offset.Duration() > LargeClockOffset)
        {
            yield return New(
                FindingSeverity.Warning, $"The clock of {consumer.Machine} is {Length(offset.Duration())} off the clock of Redis.",
                "Redis decides what is due, so nothing fires early; but set the clock of the machine.", "consumers");
        }
    }

    private static IEnumerable<Finding> OfLoop(ConsumerLoopStatus loop)
    {
        if (loop.Failure is { } failure)
        {
            yield return New(
                FindingSeverity.Error, $"The consumer loop of this process has ended: {failure.Message}",
                "Mend the cause, then restart the process.", "server");
        }

        if (loop.StuckHandlers > 0)
        {
            yield return New(
                FindingSeverity.Warning, $"{Count(loop.StuckHandlers, "handler", "handlers")} of this process ignore their cancellation.",
                "Each blocks a worker: pass the token on in the handler.", "server");
        }

        if (loop.UndeclaredTriggers.Count > 0)
        {
            yield return New(
                FindingSeverity.Warning, $"Declared triggers could not be stored: {string.Join(", ", loop.UndeclaredTriggers)}.",
                "The log of this process says why.", "server");
        }

        foreach (var finding in loop.Partitions.SelectMany(OfPartition))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> OfPartition(PartitionStatus partition)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"Partition {partition.Index}");
        if (partition.Failure is { } failure)
        {
            yield return New(
                FindingSeverity.Error, $"{name} does not answer this process: {failure.Message}", "Look at the server.", "server");
        }

        if (partition.EvictionPolicy is { } policy)
        {
            yield return New(
                FindingSeverity.Error, $"{name}: the server may evict keys, and events with them (maxmemory-policy {policy}).",
                "Set maxmemory-policy to noeviction.", "server");
        }

        if (partition.SinceDataLoss < Recent)
        {
            yield return New(
                FindingSeverity.Error, $"{name}: the server lost its data within the last hour.",
                "Look at the server's persistence and at its last failover.", "server");
        }

        if (partition.SinceClockJump < Recent && partition.ClockJump is { } jump)
        {
            yield return New(
                FindingSeverity.Warning, $"{name}: the clock of the server jumped by {Length(jump.Duration())} within the last hour.",
                "Have its clock slewed, not set.", "server");
        }
    }

    private static IEnumerable<Finding> OfUnread(IReadOnlyList<GroupRecord> groups, UnroutedCounts unrouted) =>
        groups.SelectMany(static group => group.Counts.UnreadPartitions).Concat(unrouted.UnreadPartitions).Distinct().Order()
            .Select(static partition => New(
                FindingSeverity.Error, string.Create(CultureInfo.InvariantCulture, $"Partition {partition} could not be read."),
                "Its deliveries are missing in all numbers here. Look at the server.", "server"));

    private static Finding New(FindingSeverity severity, string text, string advice, string link) =>
        new() { Severity = severity, Text = text, Advice = advice, Link = link };

    private static string By(GroupPause pause) =>
        (pause.By is { Length: > 0 } by ? $" by {by}" : string.Empty)
        + (pause.Reason is { Length: > 0 } reason ? $" ({reason})" : string.Empty);
}
