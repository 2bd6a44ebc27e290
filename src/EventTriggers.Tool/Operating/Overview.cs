using EventTriggers.Tool.Connecting;

namespace EventTriggers.Tool.Operating;

/// <summary>The state of a bus: groups, consumers, and events that no group took.</summary>
internal sealed class Overview
{
    // Of triggers that are overdue, this many are counted.
    private const int MostOverdue = 200;

    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    // Rates are of the last minutes: long enough to be calm, short enough to be of now.
    private const int RateMinutes = 5;

    public required IReadOnlyList<GroupView> Groups { get; init; }

    public required IReadOnlyList<ConsumerRecord> Consumers { get; init; }

    public required UnroutedCounts Unrouted { get; init; }

    /// <summary>Gets the triggers that should have fired a minute ago or longer, the latest first; not all of many.</summary>
    public required TriggerPage Overdue { get; init; }

    public IReadOnlyList<int> UnreadPartitions =>
    [
        .. Groups.SelectMany(static view => view.Group.Counts.UnreadPartitions).Concat(Unrouted.UnreadPartitions)
            .Concat(Overdue.UnreadPartitions).Distinct().Order(),
    ];

    public static async Task<Overview> ReadAsync(Bus bus, CancellationToken cancellationToken)
    {
        var groups = await bus.Groups.ListAsync(cancellationToken);
        return new Overview
        {
            Groups = [.. await Task.WhenAll(groups.Select(group => ViewAsync(bus, group, cancellationToken)))],
            Consumers = await bus.Groups.ListConsumersAsync(cancellationToken),
            Unrouted = await bus.Events.CountUnroutedAsync(cancellationToken),
            Overdue = await bus.Triggers.ListAsync(
                new TriggerQuery { Status = TriggerStatus.Active, DueBefore = bus.Now - Late }, cursor: null, MostOverdue,
                cancellationToken),
        };
    }

    public static async Task<GroupView> ViewAsync(Bus bus, GroupRecord group, CancellationToken cancellationToken)
    {
        var now = bus.Now;
        var from = Minute(now) - TimeSpan.FromMinutes(RateMinutes - 1);
        var rates = await bus.Groups.ReadRatesAsync(
            group.Name, from, Minute(now) + TimeSpan.FromMinutes(1), RateInterval.Minute, cancellationToken);
        var minutes = (now - from).TotalMinutes;
        return new GroupView
        {
            Group = group,
            PublishedPerMinute = rates.Intervals.Sum(static rate => rate.Published) / minutes,
            ProcessedPerMinute = rates.Intervals.Sum(static rate => rate.Processed) / minutes,
            FailedPerMinute = rates.Intervals.Sum(static rate => rate.Failed) / minutes,
        };
    }

    private static DateTimeOffset Minute(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
}
