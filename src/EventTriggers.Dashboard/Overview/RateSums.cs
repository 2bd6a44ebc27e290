namespace EventTriggers.Dashboard.Overview;

/// <summary>Adds rates up.</summary>
internal static class RateSums
{
    /// <summary>Adds the rates of groups over the same intervals.</summary>
    public static GroupRates Add(IReadOnlyList<GroupRates> groups) => new()
    {
        Intervals =
        [
            .. groups.SelectMany(static rates => rates.Intervals).GroupBy(static rate => rate.At).OrderBy(static same => same.Key)
                .Select(static same => Sum(same.Key, [.. same])),
        ],
        UnreadPartitions = [.. groups.SelectMany(static rates => rates.UnreadPartitions).Distinct().Order()],
    };

    /// <summary>Joins intervals to longer ones.</summary>
    public static GroupRates ByStep(GroupRates rates, TimeSpan step) => new()
    {
        Intervals =
        [
            .. rates.Intervals.GroupBy(rate => rate.At.Ticks / step.Ticks)
                .Select(same => Sum(new DateTimeOffset(same.Key * step.Ticks, TimeSpan.Zero), [.. same])),
        ],
        UnreadPartitions = rates.UnreadPartitions,
    };

    private static GroupRate Sum(DateTimeOffset at, GroupRate[] rates) => new()
    {
        At = at,
        Published = rates.Sum(static rate => rate.Published),
        Processed = rates.Sum(static rate => rate.Processed),
        Failed = rates.Sum(static rate => rate.Failed),
        Dead = rates.Sum(static rate => rate.Dead),
        Fired = rates.Sum(static rate => rate.Fired),
    };
}
