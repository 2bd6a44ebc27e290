namespace EventTriggers.Dashboard.Overview;

/// <summary>Rates, and the timestamp at which they were asked for.</summary>
internal sealed record CachedRates(Task<GroupRates> Rates, long At);
