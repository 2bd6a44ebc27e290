namespace EventTriggers.Redis.Stores;

/// <summary>An event and what it is ordered by.</summary>
internal readonly record struct Ranked(double Rank, EventRecord Event);
