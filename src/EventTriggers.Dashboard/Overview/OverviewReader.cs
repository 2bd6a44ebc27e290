namespace EventTriggers.Dashboard.Overview;

/// <summary>Reads the overview from the stores.</summary>
internal sealed class OverviewReader(DashboardContext dashboard)
{
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    public async Task<OverviewView> ReadAsync()
    {
        // No browser's token: all of them share the answer. The stores give up by themselves, after the operation timeout.
        var events = dashboard.Get<IEventStore>();
        var groups = await dashboard.Get<IGroupStore>().ListAsync(CancellationToken.None).ConfigureAwait(false);
        var unrouted = await events.CountUnroutedAsync(CancellationToken.None).ConfigureAwait(false);
        var servers = await dashboard.Servers.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        var (now, loop) = (dashboard.TimeProvider.GetUtcNow(), dashboard.Get<IConsumerLoop>().Status);
        var overdue = await OverdueAsync(now).ConfigureAwait(false);
        var consumers = ConsumersOf(groups);
        var rates = await Task.WhenAll(groups.Select(group => dashboard.Rates.ReadRecentAsync(group.Name))).ConfigureAwait(false);
        return new OverviewView
        {
            At = now,
            Findings =
            [
                .. FindingRules.Find(groups, consumers, unrouted, loop).Concat(ServerFindingRules.Find(servers, loop))
                    .Concat(ServerFindingRules.OfFiring(overdue, now)).OrderBy(static finding => finding.Severity),
            ],
            FiringLateness = overdue?.DueAt is { } due ? now - due : TimeSpan.Zero,
            Groups = [.. groups.Zip(rates, ViewOf)],
            Unrouted = unrouted,
            Consumers = consumers.Count,
            UnreadPartitions =
            [
                .. groups.SelectMany(static group => group.Counts.UnreadPartitions).Concat(unrouted.UnreadPartitions).Distinct().Order(),
            ],
        };
    }

    // The one that is due longest; the clock of this machine may be a little ahead of that of Redis.
    private async ValueTask<TriggerRecord?> OverdueAsync(DateTimeOffset now)
    {
        var page = await dashboard.Get<ITriggerStore>().ListAsync(
            new TriggerQuery { Status = TriggerStatus.Active, DueBefore = now - ServerFindingRules.Late }, cursor: null, limit: 1)
            .ConfigureAwait(false);
        return page.Triggers.Count > 0 ? page.Triggers[0] : null;
    }

    private static IReadOnlyList<ConsumerRecord> ConsumersOf(IReadOnlyList<GroupRecord> groups) =>
        [.. groups.SelectMany(static group => group.Consumers).DistinctBy(static consumer => consumer.Name, StringComparer.Ordinal)];

    private static GroupView ViewOf(GroupRecord group, GroupRates rates) => new()
    {
        Name = group.Name,
        Types = group.Types,
        Pause = group.Pause,
        Counts = group.Counts,
        Consumers = group.Consumers.Count,
        Concurrency = group.Consumers.SelectMany(static consumer => consumer.Groups).Where(one => one.Group == group.Name)
            .Sum(static one => one.Concurrency),
        ConcurrencySet = group.Concurrency,
        ProcessedPerMinute = Average(rates, static rate => rate.Processed),
        FailedPerMinute = Average(rates, static rate => rate.Failed),
        FiredPerMinute = Average(rates, static rate => rate.Fired),
    };

    private static double Average(GroupRates rates, Func<GroupRate, long> count) =>
        rates.Intervals.Count == 0 ? 0 : rates.Intervals.Average(rate => (double)count(rate));
}
